/** What each member of a union is without one of its properties; `Omit` of the whole union would merge them. */
export type OmitEach<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never
