package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Drive uses the API at baseURL like a test suite and a few shoppers: some hundred requests, most
// of them valid, some wrong on purpose. The client decides how they are sent. Drive fails at the
// first response that a new API would not give. It does not follow redirects.
func Drive(ctx context.Context, client *http.Client, baseURL string) error {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d := &driver{ctx: ctx, client: &c, base: strings.TrimRight(baseURL, "/"), tokens: map[string]string{}}
	for _, step := range []func(){
		d.signIn, d.browse, d.lookAround, d.manageProducts, d.review, d.fillCarts, d.placeOrders, d.followOrders,
		d.sendFiles, d.hookUp, d.changeAccounts, d.administer, d.wander,
	} {
		if step(); d.err != nil {
			return d.err
		}
	}
	return nil
}

// Token returns a bearer token of a sample account.
func Token(ctx context.Context, client *http.Client, baseURL, username string) (string, error) {
	d := &driver{ctx: ctx, client: client, base: strings.TrimRight(baseURL, "/")}
	res := d.call(200, "POST", "/oauth/token", form("grant_type", "password", "username", username, "password", Password(username), "client_id", ClientID))
	return res.text("access_token"), d.err
}

// driver sends requests until the first error, which it keeps.
type driver struct {
	ctx    context.Context
	client *http.Client
	base   string
	err    error
	tokens map[string]string
	orders map[string][]string // order ids by customer
}

// sent is a request to be sent.
type sent struct {
	method, path string
	header       http.Header
	body         []byte
}

type option func(*sent)

func header(name, value string) option { return func(s *sent) { s.header.Set(name, value) } }

func withKey() option { return header("X-Api-Key", APIKey) }

func (d *driver) as(who string) option { return header("Authorization", "Bearer "+d.tokens[who]) }

func asAdmin() option {
	return func(s *sent) {
		r := http.Request{Header: s.header}
		r.SetBasicAuth(AdminUser, AdminPassword)
	}
}

func body(kind string, data []byte) option {
	return func(s *sent) { s.body = data; s.header.Set("Content-Type", kind) }
}

// object is a JSON body.
type object map[string]any

func jsonBody(v any) option {
	data, _ := json.Marshal(v) // maps of plain values: cannot fail
	return body("application/json", data)
}

func form(pairs ...string) option {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return body("application/x-www-form-urlencoded", []byte(v.Encode()))
}

// answer is a response.
type answer struct {
	header http.Header
	body   []byte
}

// text returns a string or number of a JSON response. keys are separated by dots.
func (a answer) text(keys string) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return ""
	}
	for _, k := range strings.Split(keys, ".") {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// call sends one request and requires a status.
func (d *driver) call(status int, method, path string, opts ...option) answer {
	if d.err != nil {
		return answer{}
	}
	s := sent{method: method, path: path, header: http.Header{}}
	for _, o := range opts {
		o(&s)
	}
	res, err := d.send(s)
	if err == nil && res.status != status {
		err = fmt.Errorf("status %d, not %d: %.200s", res.status, status, res.body)
	}
	if err != nil {
		d.err = fmt.Errorf("drive the sample API: %s %s: %w", method, path, err)
	}
	return res.answer
}

type received struct {
	answer
	status int
}

func (d *driver) send(s sent) (received, error) {
	var content io.Reader
	if s.body != nil {
		content = bytes.NewReader(s.body)
	}
	req, err := http.NewRequestWithContext(d.ctx, s.method, d.base+s.path, content)
	if err != nil {
		return received{}, err
	}
	req.Header = s.header
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "shop-tests/1.4")
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	res, err := d.client.Do(req)
	if err != nil {
		return received{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return received{answer{res.Header, data}, res.StatusCode}, err
}

const api = "/api/v1"

// The shoppers, and the products that some of them look for.
var (
	shoppers = []string{"alice", "bruno", "chiara", "dmitri", "esther"}
	wishes   = []string{
		"walnut-desk-lamp", "oak-stool", "pour-over-kettle", "hand-grinder", "cast-iron-pan", "trail-lantern",
		"wool-blanket", "stoneware-mug", "folding-table", "clip-light-mini", "garden-bench", "bread-tin",
	}
)
