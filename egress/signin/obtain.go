package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/internal/httpserver"
)

// byBrowser gets tokens with an authorization code, which a browser on this machine brings to a
// server on loopback (RFC 8252, section 7.3).
func (a *attempt) byBrowser(ctx context.Context) (got token.Answer, err error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port)))
	if err != nil {
		return got, fmt.Errorf("wait for the answer of the issuer: %w", err)
	}
	back := "http://" + l.Addr().String() + "/callback"
	state, answers := rand.Text(), make(chan url.Values, 1)
	served, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		s := &http.Server{Handler: callback(state, answers), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
		done <- httpserver.Serve(served, s, l, time.Second, nil)
	}()
	defer func() { end(); <-done }()
	if err := a.register(ctx, back); err != nil {
		return got, err
	}
	at, err := url.Parse(a.issuer.AuthorizationURL)
	if err != nil {
		return got, errors.New("its authorization endpoint is no URL")
	}
	verifier := rand.Text() + rand.Text() // RFC 7636 wants 43 characters
	sum := sha256.Sum256([]byte(verifier))
	q := at.Query()
	maps.Copy(q, url.Values{
		"response_type": {"code"}, "client_id": {a.grant.ClientID}, "redirect_uri": {back}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	})
	token.AskFor(q, a.grant.Scopes, a.grant.Resource)
	at.RawQuery = q.Encode()
	if err := a.show(Prompt{URL: at.String(), Port: l.Addr().(*net.TCPAddr).Port}); err != nil {
		return got, err
	}
	var answer url.Values
	select {
	case answer = <-answers:
	case <-ctx.Done():
		return got, ctx.Err()
	}
	issuer := answer.Get("iss") // a wrong one may have sent its own code, or wants that of this one (RFC 9207)
	if issuer != a.issuer.Issuer && (issuer != "" || a.issuer.NamesIssuer) && a.issuer.Issuer != "" {
		return got, errors.New("the answer is not from this issuer")
	}
	code := answer.Get("code")
	if code == "" {
		return got, &token.RefusalError{Status: http.StatusFound, Code: token.Code(answer.Get("error"))}
	}
	return a.grant.request(ctx, &a.Wire, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier},
	})
}

// register registers a client (RFC 7591), unless there is one. back is the redirect, or "".
func (a *attempt) register(ctx context.Context, back string) error {
	if a.grant.ClientID != "" {
		return nil
	}
	if a.issuer.RegistrationURL == "" {
		return ErrNoClient
	}
	client := map[string]any{
		"client_name": "spectap", "application_type": "native", "token_endpoint_auth_method": "none", "grant_types": []string{deviceGrant, "refresh_token"},
	}
	if back != "" {
		client["redirect_uris"], client["response_types"] = []string{back}, []string{"code"}
		client["grant_types"] = []string{"authorization_code", "refresh_token"}
	}
	if scope := strings.Join(a.grant.Scopes, " "); scope != "" {
		client["scope"] = scope
	}
	body, _ := json.Marshal(client) // strings can always be encoded
	resp, data, err := a.Send(ctx, a.issuer.RegistrationURL, egress.Call{Method: http.MethodPost, Once: true, Body: body, Header: []egress.Pair{
		{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"},
	}})
	var r struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		Method string `json:"token_endpoint_auth_method"`
		Error  string `json:"error"`
	}
	switch {
	case err != nil:
		return err
	case json.Unmarshal(data, &r) != nil || r.ID == "":
		return fmt.Errorf("register a client: %w", &token.RefusalError{Status: resp.StatusCode, Code: token.Code(r.Error)})
	}
	a.grant.ClientID, a.grant.Secret = r.ID, r.Secret
	if r.Method != "" {
		a.grant.InBody = r.Method != "client_secret_basic"
	}
	return nil
}

// callback returns the server to which the browser brings the answer. Requests without the state
// are those of other programs and pages.
func callback(state string, answers chan<- url.Values) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		q := r.URL.Query()
		if r.URL.Path != "/callback" || r.Method != http.MethodGet || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, "spectap waits for no such answer.\n")
			return
		}
		select {
		case answers <- q:
		default: // the page was loaded again
		}
		io.WriteString(w, "spectap has the answer. You can close this page, and go back to the program.\n")
	}
}

// deviceGrant is the grant type of RFC 8628.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// devicePause is the usual pause between questions whether the person has signed in, and what is
// added when the issuer asks for it (RFC 8628, section 3.5).
const devicePause = 5 * time.Second

// byDevice gets tokens with a code that a person types in a browser on any machine (RFC 8628).
func (a *attempt) byDevice(ctx context.Context) (got token.Answer, err error) {
	if err := a.register(ctx, ""); err != nil {
		return got, err
	}
	form := url.Values{"client_id": {a.grant.ClientID}}
	token.AskFor(form, a.grant.Scopes, a.grant.Resource)
	status, data, err := a.grant.post(ctx, &a.Wire, a.issuer.DeviceURL, form)
	var d struct {
		Code     string  `json:"device_code"`
		UserCode string  `json:"user_code"`
		URL      string  `json:"verification_uri"`
		Complete string  `json:"verification_uri_complete"`
		Expires  float64 `json:"expires_in"`
		Interval float64 `json:"interval"`
		Error    string  `json:"error"`
	}
	switch {
	case err != nil:
		return got, err
	case json.Unmarshal(data, &d) != nil || status != http.StatusOK || d.Code == "" || d.UserCode == "" || len(d.UserCode) > 64:
		return got, &token.RefusalError{Status: status, Code: token.Code(d.Error)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, seconds(d.Expires, signInTime), errors.New("the code has expired"))
	defer cancel()
	if err := a.show(Prompt{URL: cmp.Or(d.Complete, d.URL), Code: d.UserCode}); err != nil {
		return got, err
	}
	pause := seconds(d.Interval, devicePause)
	form = url.Values{"grant_type": {deviceGrant}, "device_code": {d.Code}}
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return got, context.Cause(ctx)
		}
		got, err = a.grant.request(ctx, &a.Wire, form)
		refusal, refused := errors.AsType[*token.RefusalError](err)
		switch {
		case refused && refusal.Code == "authorization_pending":
		case refused && refusal.Code == "slow_down":
			pause += devicePause
		case errors.As(err, new(net.Error)), errors.Is(err, io.EOF): // of the network
			pause *= 2
		default:
			return got, err
		}
	}
}

// seconds returns a time that an issuer names, or else the usual one. It is bounded.
func seconds(n float64, usual time.Duration) time.Duration {
	if n <= 0 || n > signInTime.Seconds() {
		return usual
	}
	return time.Duration(n * float64(time.Second))
}

// show shows a prompt. A browser must get no other URL: it may start programs for them.
func (a *attempt) show(p Prompt) error {
	if err := oauth.CheckURL(p.URL); err != nil {
		return errors.New("the page to sign in at is not https")
	}
	a.Show(p)
	return nil
}
