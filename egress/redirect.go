package egress

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/spectap/spectap/guard"
)

// NotFollowed returns why [Client.Do] did not follow a redirect, or "" for other responses. The
// text has nothing of the response.
func NotFollowed(resp *http.Response) string {
	if b, ok := resp.Body.(*body); ok {
		return b.notFollowed
	}
	return ""
}

// follow sends c and follows redirects within its origin: of GET and HEAD, or those that
// [Call.Repeatable] allows. It says why it does not follow the last one.
func (cl *Client) follow(ctx context.Context, c Call, home string) (resp *http.Response, notFollowed string, err error) {
	hops := cl.config.Redirects
	if hops == 0 {
		hops = DefaultRedirects
	}
	u := c.URL
	for left := hops; ; left-- {
		if resp, err = cl.send(ctx, c, u); err != nil || !isRedirect(resp.StatusCode) {
			return resp, "", err
		}
		next, why := cl.redirect(&c, resp, u, home)
		switch {
		case hops < 0:
			why = "redirects are not followed"
		case why != "":
		case c.Once:
			why = "the call may send one request only"
		case left == 0:
			why = fmt.Sprintf("it is one of more than %d", hops)
		}
		if why != "" {
			return resp, why, nil
		}
		io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be reused
		resp.Body.Close()
		u = next
	}
}

func isRedirect(status int) bool {
	return slices.Contains([]int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect}, status)
}

// redirect returns where resp redirects to, or why that may not be called: a server may handle the
// URL as a write, or its origin is not home, and it may have what the call sent.
func (cl *Client) redirect(c *Call, resp *http.Response, from *url.URL, home string) (to *url.URL, why string) {
	repeats := c.Repeatable && (resp.StatusCode == http.StatusTemporaryRedirect || resp.StatusCode == http.StatusPermanentRedirect)
	if c.Method != http.MethodGet && c.Method != http.MethodHead && !repeats {
		return nil, "only redirects of GET and HEAD are followed"
	}
	location := resp.Header.Get("Location")
	to, err := from.Parse(location)
	if err != nil || location == "" {
		return nil, "it has no valid Location"
	}
	if origin, err := cl.allowed(to); err != nil || origin != home {
		return nil, "it leads to another origin"
	}
	// The write would leave unasked.
	if !repeats && !guard.EffectiveMethods(guard.Request{Method: c.Method, URL: to}).IsRead() {
		return nil, "a server may handle its URL as a write"
	}
	to.Fragment = ""
	return to, ""
}
