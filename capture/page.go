package capture

import (
	"fmt"
	"net/http"
)

// servePage answers requests that mean the proxy itself.
func (p *Proxy) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, "This is spectap, an HTTP proxy that records what passes.\nSet it as your client's proxy; requests to it by itself have no answer.\n")
}
