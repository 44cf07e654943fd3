// node onnx_run.cjs DIR
// Runs models in onnxruntime-web (npm install onnxruntime-web; found through NODE_PATH). Each line of DIR/list is
// "MODEL OUT NAME=SHAPE=FILE ...": raw little-endian floats in, the output `probabilities` the same way.
const fs = require("fs");
const path = require("path");
const ort = require("onnxruntime-web");

async function run(dir, line) {
  const [model, out, ...inputs] = line.split(" ");
  const session = await ort.InferenceSession.create(fs.readFileSync(path.join(dir, model)));
  const feeds = {};
  for (const input of inputs) {
    const [name, shape, file] = input.split("=");
    const bytes = fs.readFileSync(path.join(dir, file));
    const data = new Float32Array(bytes.length / 4);
    for (let i = 0; i < data.length; i++) data[i] = bytes.readFloatLE(4 * i);
    feeds[name] = new ort.Tensor("float32", data, shape.split("x").map(Number));
  }
  const y = (await session.run(feeds)).probabilities.data;
  fs.writeFileSync(path.join(dir, out), Buffer.from(y.buffer, y.byteOffset, y.byteLength));
  await session.release();
}

(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const dir = process.argv[2];
  for (const line of fs.readFileSync(path.join(dir, "list"), "utf8").split("\n"))
    if (line) await run(dir, line).catch((e) => { throw new Error(line + ": " + e); });
})().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
