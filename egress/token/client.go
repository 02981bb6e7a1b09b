package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Client is a source that asks an OAuth issuer, with the credentials of a client (RFC 6749, section
// 4.4).
type Client struct {
	// TokenURL is the token endpoint; "" means that the metadata of Issuer names it (RFC 8414).
	TokenURL, Issuer string
	// ID and Secret are those of the client. Required.
	ID, Secret string
	// Scopes are the requested scopes.
	Scopes []string
	// Resource is what the token is for (RFC 8707); "" is not sent.
	Resource string
	// Fetch gets the metadata. Required with Issuer.
	Fetch oauth.Fetch
	// UserAgent is sent.
	UserAgent string
}

// Secrets returns the secret of the client.
func (c *Client) Secrets() []string { return []string{c.Secret} }

// Obtain asks the token endpoint, once.
func (c *Client) Obtain(ctx context.Context) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTime)
	defer cancel()
	value, expires, err := c.ask(ctx)
	if err != nil {
		err = fmt.Errorf("the OAuth issuer gives the gateway no token: %w", err)
	}
	return value, expires, err
}

func (c *Client) ask(ctx context.Context) (value string, expires time.Time, err error) {
	at, inBody := c.TokenURL, false
	if at == "" {
		m, err := oauth.Discover(ctx, c.Fetch, c.Issuer)
		switch {
		case err != nil:
			return "", expires, err
		case m.TokenURL == "":
			return "", expires, errors.New("its metadata names no token_endpoint")
		}
		at, inBody = m.TokenURL, m.SecretInBody()
	}
	if oauth.CheckURL(at) != nil {
		return "", expires, errors.New("the URL of its token endpoint is not https")
	}
	w := Wire{Typed: slices.DeleteFunc([]string{c.TokenURL, c.Issuer}, func(u string) bool { return u == "" }), UserAgent: c.UserAgent}
	form := url.Values{"grant_type": {"client_credentials"}}
	AskFor(form, c.Scopes, c.Resource)
	asked := time.Now()
	status, body, err := w.Post(ctx, at, form, c.ID, c.Secret, inBody)
	if err != nil {
		return "", expires, err
	}
	a, err := ReadAnswer(status, body, asked)
	return a.Value, a.Expires, err
}

// Bounds of a request for a token.
const (
	requestTime = 10 * time.Second
	maxAnswer   = 256 << 10 // bytes
)

// Wire sends requests to OAuth issuers, and to the servers that name them. URLs that a person typed
// may lead to any address, others only to public ones, and to loopback if a typed one does.
type Wire struct {
	Typed     []string
	UserAgent string
}

// Send sends a call to a URL, which is https or on loopback, and returns the response with its
// body. The body of an event stream, which need not end, is nil.
func (w *Wire) Send(ctx context.Context, at string, call egress.Call) (*http.Response, []byte, error) {
	if err := oauth.CheckURL(at); err != nil {
		return nil, nil, err
	}
	call.URL, _ = url.Parse(at) // it was just parsed
	c := egress.Config{Origins: []string{at}, Named: w.Typed, Timeout: requestTime, MaxBody: maxAnswer, UserAgent: w.UserAgent}
	if isOnLoopback(at) && slices.ContainsFunc(w.Typed, isOnLoopback) {
		c.Named = append(slices.Clip(c.Named), at)
	}
	client, err := egress.New(c)
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	resp, err := client.Do(ctx, call)
	if err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp, nil, resp.Body.Close()
	}
	body, truncated, err := egress.ReadBody(resp)
	switch {
	case err != nil:
		return nil, nil, errors.New("its answer ends in the middle")
	case truncated:
		return nil, nil, fmt.Errorf("its answer is larger than %d bytes", maxAnswer)
	}
	return resp, body, nil
}

func isOnLoopback(at string) bool {
	u, err := url.Parse(at)
	return err == nil && address.IsLoopback(u.Hostname())
}

// Fetch returns a document. It is an [oauth.Fetch].
func (w *Wire) Fetch(ctx context.Context, at string) ([]byte, error) {
	resp, body, err := w.Send(ctx, at, egress.Call{Method: http.MethodGet, Header: []egress.Pair{{Name: "Accept", Value: "application/json"}}})
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return body, err
}

// Post sends a form of a client, once, as by [Request].
func (w *Wire) Post(ctx context.Context, at string, form url.Values, id, secret string, inBody bool) (status int, body []byte, err error) {
	call := Request(nil, form, id, secret, inBody)
	call.Once = true
	resp, body, err := w.Send(ctx, at, call)
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, body, nil
}

// AskFor adds the scopes and the resource (RFC 8707) that are asked for.
func AskFor(form url.Values, scopes []string, resource string) {
	if len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	if resource != "" {
		form.Set("resource", resource)
	}
}

// Request returns the call that sends a form to a token endpoint. A client is identified in a
// header (RFC 6749, section 2.3.1), or in the body if it has no secret or the issuer requires that.
func Request(u *url.URL, form url.Values, id, secret string, inBody bool) egress.Call {
	call := egress.Call{Method: http.MethodPost, URL: u, Header: []egress.Pair{
		{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Accept", Value: "application/json"},
	}}
	if inBody {
		form.Set("client_id", id)
		if secret != "" {
			form.Set("client_secret", secret)
		}
	} else {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		call.Credentials = []egress.Credential{{In: egress.InHeader, Name: "Authorization", Value: r.Header.Get("Authorization")}}
	}
	call.Body = []byte(form.Encode())
	return call
}

// errorCode is the error of an answer (RFC 6749, section 5.2), if it is no longer than those.
var errorCode = lazyregexp.New(`^[a-z_]{1,40}$`)

// RefusalError is the error of an issuer that gives no token.
type RefusalError struct {
	Status int
	Code   string // "" if the answer has none
}

func (e *RefusalError) Error() string {
	text := fmt.Sprintf("status %d", e.Status)
	if e.Code != "" {
		text += ", " + e.Code
	}
	return text
}

// Code returns an error code that an issuer sent, or "" if it has not the form of one.
func Code(sent string) string {
	if errorCode.MatchString(sent) {
		return sent
	}
	return ""
}

// Answer is the answer of a token endpoint.
type Answer struct {
	Value   string
	Expires time.Time // zero if unknown
	Refresh string    // "" for none
	Scope   string    // what was granted; "" if that is what was asked for
}

// ReadAnswer returns the token of an answer to a request that was sent at the given time. Errors
// have nothing else of the answer: the endpoint may repeat secrets that it was sent.
func ReadAnswer(status int, body []byte, asked time.Time) (Answer, error) {
	var a struct {
		Token   string      `json:"access_token"`
		Refresh string      `json:"refresh_token"`
		Scope   string      `json:"scope"`
		Type    string      `json:"token_type"`
		Expires json.Number `json:"expires_in"`
		Error   string      `json:"error"`
	}
	valid := json.Unmarshal(body, &a) == nil
	switch {
	case status != http.StatusOK || valid && a.Token == "" && Code(a.Error) != "": // GitHub refuses with 200
		return Answer{}, &RefusalError{status, Code(a.Error)}
	case !valid || a.Token == "":
		return Answer{}, errors.New("its answer has no access_token")
	case a.Type != "" && !strings.EqualFold(a.Type, "Bearer"):
		return Answer{}, errors.New("its token is no bearer token")
	}
	got := Answer{Value: a.Token, Refresh: a.Refresh, Scope: a.Scope}
	if seconds, err := a.Expires.Float64(); err == nil && seconds > 0 && seconds < 1e9 {
		got.Expires = asked.Add(time.Duration(seconds * float64(time.Second)))
	}
	return got, nil
}
