package traffic

import (
	"context"

	"github.com/spectap/spectap/page/wire"
)

// Recorder says how requests are recorded while the page is open, for people who see no traffic
// yet.
type Recorder struct {
	// Proxy is the host and port of the proxy that the page belongs to, "" for none.
	Proxy string `json:"proxy,omitempty"`
	// CA is the file of the certificate that clients of the proxy must trust.
	CA string `json:"ca,omitempty"`
	// Upstream is the URL to which requests go that are addressed to the proxy itself, "" for none.
	Upstream string `json:"upstream,omitempty"`
	// Started reports whether the command starts the clients of the proxy.
	Started bool `json:"started,omitzero"`
}

func (p *panel) recorder(context.Context, wire.None) (Recorder, error) { return p.Recorder, nil }
