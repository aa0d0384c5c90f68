/** A reader thread that dies before it has read anything. */
throw new Error('this reader dies')
