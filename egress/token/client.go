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

// Bounds of a request for a token.
const (
	requestTime = 10 * time.Second
	maxAnswer   = 256 << 10 // bytes
)

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
		at = m.TokenURL
		inBody = m.AuthMethods != nil && !slices.Contains(m.AuthMethods, "client_secret_basic")
	}
	u, err := url.Parse(at)
	if err != nil || oauth.CheckURL(at) != nil {
		return "", expires, errors.New("the URL of its token endpoint is not https")
	}
	e := egress.Config{Origins: []string{at}, Timeout: requestTime, MaxBody: maxAnswer, Redirects: -1, UserAgent: c.UserAgent}
	for _, typed := range []string{c.TokenURL, c.Issuer} {
		if typed != "" {
			e.Named = append(e.Named, typed)
		}
	}
	client, err := egress.New(e)
	if err != nil {
		return "", expires, err
	}
	defer client.Close()
	asked := time.Now()
	resp, err := client.Do(ctx, c.request(u, inBody))
	if err != nil {
		return "", expires, err
	}
	body, truncated, err := egress.ReadBody(resp)
	switch {
	case err != nil:
		return "", expires, errors.New("its answer ends in the middle")
	case truncated:
		return "", expires, fmt.Errorf("its answer is larger than %d bytes", maxAnswer)
	}
	return readAnswer(resp.StatusCode, body, asked)
}

// request returns the request for a token.
func (c *Client) request(u *url.URL, inBody bool) egress.Call {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(c.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Scopes, " "))
	}
	if c.Resource != "" {
		form.Set("resource", c.Resource)
	}
	call := Request(u, form, c.ID, c.Secret, inBody)
	call.Once = true
	return call
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

// readAnswer returns the token of an answer. Nothing else of the answer gets into an error: the
// endpoint may repeat what it was sent.
func readAnswer(status int, body []byte, asked time.Time) (value string, expires time.Time, err error) {
	var a struct {
		Token   string      `json:"access_token"`
		Type    string      `json:"token_type"`
		Expires json.Number `json:"expires_in"`
		Error   string      `json:"error"`
	}
	valid := json.Unmarshal(body, &a) == nil
	switch {
	case status != http.StatusOK && valid && errorCode.MatchString(a.Error):
		return "", expires, fmt.Errorf("status %d, %s", status, a.Error)
	case status != http.StatusOK:
		return "", expires, fmt.Errorf("status %d", status)
	case !valid || a.Token == "":
		return "", expires, errors.New("its answer has no access_token")
	case !strings.EqualFold(a.Type, "Bearer"):
		return "", expires, errors.New("its token is no bearer token")
	}
	if seconds, err := a.Expires.Float64(); err == nil && seconds > 0 && seconds < 1e9 {
		expires = asked.Add(time.Duration(seconds * float64(time.Second)))
	}
	return a.Token, expires, nil
}
