package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
)

// The frame that draws a vector image. The page shows it in a sandbox, for which browsers based on
// Chromium make a process: an image that takes hours keeps that process busy, and not the page,
// which removes a frame that does not react. The origin of the frame is opaque, so that it has
// neither the session nor the page. It gets the image as a message, and draws it as browsers draw
// any image: without scripts, and without a request.
const drawingStyle = "body { margin: 0; } img { display: block; max-width: 100%; max-height: 100vh; " +
	"background: repeating-conic-gradient(#8883 0 25%, transparent 0 50%) 0 / 16px 16px; }"

//go:embed drawing.js
var drawingScript string

var drawingPage = "<!doctype html><html lang=en><meta charset=utf-8><title>An image</title><style>" + drawingStyle +
	"</style><img alt=\"The image of the body\"><script>" + drawingScript + "</script></html>"

var drawingPolicy = "sandbox allow-scripts; default-src 'none'; script-src " + sourceHash(drawingScript) +
	"; style-src " + sourceHash(drawingStyle) + "; img-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// sourceHash returns the source expression of a policy for an inline text.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func serveDrawing(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", drawingPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(drawingPage))
}
