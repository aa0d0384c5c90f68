/** A question that has no answer because of one of its parameters; to be told to who asked. */
export class BadQuestion extends Error {
  /** Name of the parameter in the API. */
  readonly parameter: string

  /** `detail` says what is wrong with the parameter. */
  constructor(parameter: string, detail: string) {
    super(detail)
    this.name = 'BadQuestion'
    this.parameter = parameter
  }
}
