// A program that answers a line with a line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Talker {
  /** What the program writes to standard error is shown if `isHeard`. */
  constructor(command, args, isHeard = false) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', isHeard ? 'inherit' : 'ignore'] });
    this.process.on('error', () => {});
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }
  /** The next line; null when the program has ended. */
  async answer() {
    const { value, done } = await this.lines.next();
    return done ? null : value;
  }
  async ask(line) {
    this.process.stdin.write(`${line}\n`);
    return (await this.answer()) ?? Promise.reject(new Error(`no answer to ${line}`));
  }
  end() { this.process.stdin.end(); }
}
