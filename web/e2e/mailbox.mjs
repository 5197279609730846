// A mail relay for the browser tests: says its port, and keeps each mail as a file of the folder it is given.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
let count = 0;

/** Whole at once, so that nobody reads half a mail. */
function keep(lines) {
  const file = `${folder}/${++count}.eml`;
  writeFileSync(`${file}.part`, lines.join('\r\n'));
  renameSync(`${file}.part`, file);
}

/** One connection (RFC 5321), until it is closed. */
function serve(socket) {
  const say = (reply) => socket.write(`${reply}\r\n`);
  let mail = null;
  // A client that goes is no failure of the relay: readline reports its error once more.
  const gone = () => socket.destroy();
  const lines = createInterface({ input: socket });
  socket.on('error', gone);
  lines.on('error', gone);
  lines.on('line', (line) => {
    if (mail && line !== '.') return void mail.push(line.replace(/^\.\./, '.'));
    if (mail) {
      keep(mail);
      mail = null;
      return void say('250 taken');
    }
    const verb = line.split(' ')[0].toUpperCase();
    if (verb === 'DATA') mail = [];
    say({ DATA: '354 go on', QUIT: '221 bye' }[verb] ?? '250 ok');
  });
  say('220 ready');
}

const server = createServer(serve).listen(0, '127.0.0.1', () => console.log(server.address().port));
