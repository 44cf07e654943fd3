// node peer_onnx.cjs MODEL.onnx BATCH THREADS SECONDS FRAMES
// Prints clips per second of ONNX Runtime's native library (npm install --ignore-scripts onnxruntime-node; found through
// NODE_PATH), the median over passes of random clips, and the most resident memory in MB, as tests/bench/infer.c does.
const ort = require("onnxruntime-node");

(async () => {
  const [model, batch, threads, seconds, frames] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all",
  });
  const feeds = {};
  for (const input of session.inputMetadata) {
    const shape = input.shape.map((d, i) => (typeof d === "number" ? d : i === 0 ? Number(batch) : Number(frames)));
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; i++) data[i] = Math.random() + Math.random() - 1;
    feeds[input.name] = new ort.Tensor("float32", data, shape);
  }
  const took = [];
  for (let i = 0; i < 2; i++) await session.run(feeds, ["probabilities"]);
  const end = performance.now() + 1000 * Number(seconds);
  while (took.length < 3 || performance.now() < end) {
    const start = performance.now();
    await session.run(feeds, ["probabilities"]);
    took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  const mb = process.resourceUsage().maxRSS / 1024; // node's own with it
  console.log(((1000 * Number(batch)) / took[took.length >> 1]).toFixed(1), mb.toFixed(0));
})().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
