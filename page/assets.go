package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist has the built files of the page, which "make ui" writes from the sources in page/web. They
// are part of the repository, so that building the program needs no Node.
//
//go:embed assets/dist
var dist embed.FS

// serveAsset answers with a file, by its name without a folder. Browsers revalidate each file, so
// that a page never mixes files of two versions.
func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	data, err := fs.ReadFile(dist, path.Join("assets/dist", path.Base(name)))
	if err != nil || strings.Contains(name, "/") {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("Content-Type", mediaType(name))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// mediaType returns the media type of a file. It does not depend on the settings of the machine.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}
