// node onnx_run.cjs MODEL.onnx NAME=SHAPE=FILE.f32 ... > probabilities.f32
// Runs a model in onnxruntime-web (npm install onnxruntime-web; found through NODE_PATH) on raw
// little-endian floats, and writes its output `probabilities` the same way.
const fs = require("fs");
const ort = require("onnxruntime-web");

(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(fs.readFileSync(process.argv[2]));
  const feeds = {};
  for (const arg of process.argv.slice(3)) {
    const [name, shape, file] = arg.split("=");
    const bytes = fs.readFileSync(file);
    const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    feeds[name] = new ort.Tensor("float32", data, shape.split("x").map(Number));
  }
  const out = (await session.run(feeds)).probabilities;
  fs.writeSync(1, Buffer.from(out.data.buffer, out.data.byteOffset, out.data.byteLength));
})().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
