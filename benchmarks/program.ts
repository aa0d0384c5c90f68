const EXIT_FAILED = 1
const EXIT_USAGE = 2

/** How a program of this folder is called, and what it does. */
export interface Program<Asked extends { readonly help: boolean }> {
  readonly name: string
  readonly help: string
  /** Throws what is wrong with the arguments. */
  readonly readArguments: (args: readonly string[]) => Asked
  /** False when what it has measured is not as it should be. */
  readonly run: (asked: Asked) => Promise<boolean>
}

/** Runs a program with the arguments of this process, whose exit status is 1 for a failure and 2 for wrong usage. */
export async function runProgram<Asked extends { readonly help: boolean }>({
  name,
  help,
  readArguments,
  run
}: Program<Asked>): Promise<void> {
  // Left to itself a signal would leave children behind: only an exit of our own ends them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(EXIT_FAILED))
  }
  const fail = (error: unknown, status: number) => {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(status)
  }
  let asked: Asked
  try {
    asked = readArguments(process.argv.slice(2))
  } catch (error) {
    return fail(error, EXIT_USAGE)
  }
  if (asked.help) {
    process.stdout.write(help)
    return
  }
  try {
    if (!(await run(asked))) process.exitCode = EXIT_FAILED
  } catch (error) {
    fail(error, EXIT_FAILED)
  }
}
