package replay

import (
	"context"
	"crypto/tls"
	"net/url"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/address"
)

// Person sends requests that a person asks for, at the terminal or on the page. Each request goes
// to the origin of its flow only.
type Person struct {
	// TLS returns the configuration of TLS for an origin; nil verifies against the roots of the
	// system.
	TLS func(origin *url.URL) *tls.Config
	// AllowPrivate lets names lead to addresses that are not public. A host that is written as such
	// an address needs no permission but the person's, who sees it.
	AllowPrivate bool

	resolver egress.Resolver // for tests
}

// Local reports whether a request goes to a host that is written as an address of this machine or
// its network.
func (r *Request) Local() bool { return address.IsSpecialHost(r.Call.URL.Hostname()) }

// Prepare makes a request ready to be sent once, or returns why it may not leave. It does not look
// up the host.
func (p *Person) Prepare(r *Request) (*Prepared, error) {
	config := egress.Config{AllowPrivate: p.AllowPrivate, Resolver: p.resolver, Timeout: MaxTimeout, Redirects: -1}
	if p.TLS != nil {
		config.TLS = p.TLS(r.Call.URL)
	}
	if origin := []string{r.Flow.Request.Origin()}; r.Local() {
		config.Named = origin
	} else {
		config.Origins = origin
	}
	client, err := egress.New(config)
	if err != nil {
		return nil, err
	}
	r.Call.Once = true
	if _, err := client.Preview(r.Call); err != nil {
		client.Close()
		return nil, err
	}
	return &Prepared{request: r, client: client}, nil
}

// MaxTimeout bounds the time that a person can wait for an answer.
const MaxTimeout = 10 * time.Minute

// Prepared is a request that is ready to be sent. It is not safe for concurrent use.
type Prepared struct {
	request *Request
	client  *egress.Client
}

// Close closes the connection.
func (p *Prepared) Close() { p.client.Close() }

// Digest returns the digest of everything that would be sent, with the secrets.
func (p *Prepared) Digest() guard.Digest { return p.request.Call.Digest() }

// Preview returns the request as HTTP/1.1 writes it, with placeholders instead of secrets.
func (p *Prepared) Preview() ([]byte, error) {
	shown := p.request.ShownCall()
	shown.Once = true
	return p.client.Preview(shown)
}

// Reveal is [Prepared.Preview] with the secrets, for a person who asked for them.
func (p *Prepared) Reveal() ([]byte, error) { return p.client.Preview(p.request.Call) }

// Holds reports whether the request needs a person's consent: if it does more than read, or if it
// goes to this machine or its network and was not recorded here, because the author of an imported
// file is unknown.
func (p *Prepared) Holds() bool {
	r := p.request
	holds, _ := guard.Policy{}.Decide(&guard.Preview{Methods: r.Call.EffectiveMethods(), Asks: r.Local() && r.Flow.Import != 0})
	return holds
}

// Send sends the request, to which a person has agreed if [Prepared.Holds] demands it, as
// [Request.Send] does.
func (p *Prepared) Send(ctx context.Context, timeout time.Duration) (raw, shown flow.Flow, err error) {
	return p.request.Send(ctx, p.client, timeout)
}
