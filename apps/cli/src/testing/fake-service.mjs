// A service for the specs: does what FAKE says.
import { createServer } from 'node:http';

const { FAKE = 'ready', PORT = '0' } = process.env;
console.log(JSON.stringify({ time: Date.now(), level: 30, msg: `fake begins as ${FAKE}` }));
if (FAKE === 'refuses') {
  process.stderr.write('fake cannot start: KAFKA_BROKERS: not set; write host:port\n');
  process.exit(1);
}
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  const ready = FAKE !== 'never-ready' && asked > 1;
  const indicators = ready ? {} : { partitions: { status: 'waiting', detail: 'no partition yet' } };
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ status: ready ? 'up' : 'down', indicators }));
  if (request.url === '/die') process.kill(process.pid, 'SIGKILL');
});
server.listen(Number(PORT), '127.0.0.1', () => {
  process.send({ listening: `http://127.0.0.1:${server.address().port}` });
});
process.on('SIGTERM', () => {
  if (FAKE !== 'stubborn') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
