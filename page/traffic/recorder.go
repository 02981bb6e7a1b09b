package traffic

import (
	"context"
	"strings"
	"time"

	"github.com/spectap/spectap/page/wire"
)

// Recorder describes how to record requests while the page is open, for people who see no traffic
// yet.
type Recorder struct {
	// Proxy is the host and port of the proxy that the page belongs to, or "".
	Proxy string `json:"proxy,omitempty"`
	// CA is the file of the certificate that clients of the proxy must trust.
	CA string `json:"ca,omitempty"`
	// Upstream is the URL that receives requests addressed to the proxy itself, or "".
	Upstream string `json:"upstream,omitempty"`
	// Started reports whether the command starts the clients of the proxy.
	Started bool `json:"started,omitzero"`
}

func (p *panel) recorder(context.Context, wire.None) (Recorder, error) { return p.Recorder, nil }

// Sessions are the commands whose traffic was recorded, in the order in which they began.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}

// Session is one run of a command.
type Session struct {
	Number  uint64    `json:"number"`
	Command string    `json:"command"` // without secrets
	Started time.Time `json:"started"`
}

func (p *panel) sessions(ctx context.Context, _ wire.None) (Sessions, error) {
	all, err := p.Store.Sessions(ctx)
	out := Sessions{Sessions: []Session{}}
	for i := range all {
		out.Sessions = append(out.Sessions, Session{all[i].Number, p.Redact.Text(strings.Join(all[i].Command, " ")), all[i].Started})
	}
	return out, err
}
