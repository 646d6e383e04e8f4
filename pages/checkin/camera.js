// QR codes from the camera: the browser's own detector where it has one, else a decoder of ours.

const EVERY = 120; // milliseconds between two looks
const WIDEST = 720; // pixels that our decoder looks at

/**
 * Shows the camera in `video` and resolves with the first text that `accept` takes; with null once
 * `signal` is aborted. Raises the browser's error where there is no camera.
 */
export async function scan(video, accept, signal) {
  const [stream, detect] = await Promise.all([
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }),
    detector(),
  ]);
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = await detect(video);
      if (text && accept(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

/** A function that finds a QR code's text in what a video shows, or null. */
async function detector() {
  if ("BarcodeDetector" in window) {
    const formats = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
    if (formats.includes("qr_code")) {
      const own = new window.BarcodeDetector({ formats: ["qr_code"] });
      return async (video) => (await own.detect(video).catch(() => []))[0]?.rawValue ?? null;
    }
  }
  const { default: decode } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    if (!video.videoWidth) return null;
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    return decode(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
  };
}
