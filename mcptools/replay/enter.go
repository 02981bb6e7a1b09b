package replay

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// HasToken reports whether a request that may write seems to have a token against forged requests
// (CSRF), which [Request.Enter] can renew.
func (r *Request) HasToken() bool {
	isToken := func(p egress.Pair) bool { return headers.IsAntiForgery(p.Name) }
	has := slices.ContainsFunc(slices.Concat(r.Call.Header, r.Call.Cookies), isToken)
	for _, names := range r.places { // which the body has, too
		for name := range names {
			has = has || headers.IsAntiForgery(name)
		}
	}
	return has && !r.IsRead()
}

// Enter lets e get what the request needs when it is sent. Tokens and cookies of the flow are
// replaced, those that the caller wrote are sent.
func (r *Request) Enter(e *spectools.Entry) { r.entry = e }

// Use adds credentials, which are shown as placeholders, also when they come back.
func (r *Request) Use(credentials ...egress.Credential) {
	r.Call.Credentials = append(slices.Clip(r.Call.Credentials), credentials...)
	for _, c := range credentials {
		for _, secret := range c.Secrets() {
			r.secrets[fmt.Sprintf(hiddenCredential, len(r.secrets))] = secret
		}
	}
}

// hiddenCredential is a placeholder with a number.
const hiddenCredential = placeholder.Prefix + "credential:%04x000000]"

// After says which requests are sent before this one, to its origin, as in ", after GET /csrf".
func (r *Request) After() string { return view.Visible(r.entry.After(&r.Call)) }

// enter gets what the request needs. Without a new token, that of the flow is sent.
func (r *Request) enter(ctx context.Context, client *egress.Client) error {
	if r.entry == nil {
		return nil
	}
	credentials, err := r.entry.Enter(ctx, client, &r.Call)
	if err != nil {
		return tool.Errorf(tool.CodeFailed, "", "nothing was sent: %s", r.hideSecrets(err))
	}
	for _, c := range credentials {
		isCallers := func(h egress.Pair) bool {
			return c.In == egress.InHeader && strings.EqualFold(h.Name, c.Name) && !slices.Contains(r.Flow.Request.Header, flow.Field(h))
		}
		switch {
		case c.In == spectools.InBody:
			r.renew(c.Name, c.Value)
		case !slices.ContainsFunc(r.Call.Header, isCallers) && !slices.Contains(r.Call.Cookies, egress.Pair{Name: c.Name, Value: c.Value}):
			r.Use(c)
		}
	}
	return nil
}

// renew replaces the token in a member of the body, if it is still that of the flow.
func (r *Request) renew(name, value string) {
	escape := escapeFor(r.Flow.Request.Header.MediaType())
	for mark, names := range r.places {
		if old := r.secrets[mark]; old != "" && names[strings.ToLower(name)] {
			r.Call.Body = bytes.ReplaceAll(r.Call.Body, []byte(escape(old)), []byte(escape(value)))
		}
	}
	if r.Flow.Seq == 0 { // a call, with the token in a part of a form
		r.Call.Body = bytes.ReplaceAll(r.Call.Body, []byte(spectools.PendingToken), []byte(escape(value)))
	}
	r.secrets[fmt.Sprintf(hiddenCredential, len(r.secrets))] = value
}
