// Uniswap's own SDK, asked over a pipe as quotes.py is. Runs in .venv-peers/node.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const load = createRequire(`${process.cwd()}/`);
const { CurrencyAmount, Token } = load("@uniswap/sdk-core");
const { Pool } = load("@uniswap/v3-sdk");

function prepared({ v3 }) {
  const [token0, token1] = v3.tokens.map(
    ({ address, decimals, symbol }) => new Token(1, address, decimals, symbol),
  );
  const ticks = v3.ticks.map(([index, net]) => ({
    index,
    liquidityNet: net,
    liquidityGross: net.replace("-", ""),
  }));
  const pool = new Pool(token0, token1, v3.fee, v3.sqrt_price_x96, v3.liquidity, v3.tick, ticks);
  return Object.fromEntries(
    Object.entries(v3.sizes).map(([name, size]) => {
      const paid = CurrencyAmount.fromRawAmount(token0, size);
      return [name, async () => (await pool.getOutputAmount(paid))[0].quotient.toString()];
    }),
  );
}

// Enough that its functions are compiled before they are measured.
const WARM_UP = 2000;

async function seconds(ask, count) {
  const started = process.cpuUsage();
  for (let done = 0; done < count; done++) await ask();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

let asks = null;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (asks === null) {
    asks = prepared(request);
    const answers = {};
    for (const [name, ask] of Object.entries(asks)) {
      answers[name] = await ask();
      await seconds(ask, WARM_UP);
    }
    console.log(JSON.stringify({ answers: { v3_sdk: answers }, problems: {} }));
  } else {
    console.log(JSON.stringify(await seconds(asks[request.question], request.count)));
  }
}
