package sample

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Drive uses the API at baseURL like a test suite and a few shoppers: many requests, most of them
// valid, some wrong on purpose. The client decides how they are sent. Drive fails at the first
// response that differs from those of a new API. It does not follow redirects.
func Drive(ctx context.Context, client *http.Client, baseURL string) error {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d := &driver{ctx: ctx, client: &c, base: strings.TrimRight(baseURL, "/"), tokens: map[string]string{}}
	for _, who := range shoppers {
		d.tokens[who] = d.grant(200, who, Password(who)).text("access_token")
		d.call(200, who, "GET", me, "")
	}
	d.grant(400, "alice", "wrong")
	for _, slug := range wishes {
		d.call(200, key, "GET", products+"/"+slug, "")
	}
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		status, who, method, path, body := 0, "", "", "", ""
		fmt.Sscan(line, &status, &who, &method, &path) // the table is ours: cannot fail
		if at := strings.Index(line, "{"); at > 0 {
			body = line[at:]
		}
		d.call(status, who, method, path, body)
	}
	d.order()
	return d.err
}

// Token returns a bearer token of a sample account.
func Token(ctx context.Context, client *http.Client, baseURL, username string) (string, error) {
	d := &driver{ctx: ctx, client: client, base: strings.TrimRight(baseURL, "/")}
	return d.grant(200, username, Password(username)).text("access_token"), d.err
}

// Senders of requests other than the shoppers, who use their tokens.
const (
	nobody = "-"
	key    = "key"   // with the API key
	admin  = "admin" // with the password of the administrator
)

const (
	me       = "/api/v1/accounts/me"
	products = "/api/v1/products"
	orders   = "/api/v1/orders"
)

// The shoppers, and the products that they look for.
var (
	shoppers = []string{"alice", "bruno", "chiara", "dmitri", "esther"}
	wishes   = []string{
		"walnut-desk-lamp", "oak-stool", "pour-over-kettle", "hand-grinder", "cast-iron-pan", "trail-lantern",
		"wool-blanket", "stoneware-mug", "folding-table", "clip-light-mini", "garden-bench", "bread-tin",
	}
)

// script lists requests, one a line: the expected status, who sends it, method, path and body. The
// last ones come from browsers and scanners and are not part of the API.
//
//go:embed script.txt
var script string

// order places orders, and reads, cancels, deletes and lists them.
func (d *driver) order() {
	for i := range 22 {
		who := shoppers[i%5]
		in := object{
			"items":   []object{{"product_slug": wishes[i%12], "quantity": 1}, {"product_slug": wishes[(i+5)%12], "quantity": 2}}[:1+i%2],
			"payment": object{"type": "card", "brand": []string{"visa", "mastercard"}[i/2%2], "last4": fmt.Sprint(1100 + i*37), "expiry": "2028-07"},
			"ship_to": object{"name": "The Receiver", "street": fmt.Sprintf("Market Street %d", 3+i), "city": "Berlin", "postal_code": "10969",
				"country": "DE"},
		}
		if i%2 == 1 {
			in["payment"] = object{"type": "bank_transfer", "bank": "Example Bank", "reference": fmt.Sprintf("SHOP %d", 5000+i)}
		}
		if i%4 == 3 {
			in["notes"] = "Please ring twice."
		}
		body, _ := json.Marshal(in) // maps of plain values: cannot fail
		one := orders + "/" + d.call(201, who, "POST", orders, string(body)).text("id")
		status := d.call(200, who, "GET", one, "").text("status")
		switch {
		case status == "shipped":
			d.call(409, who, "POST", one+"/cancel", `{"reason": "too late"}`)
			d.call(409, who, "DELETE", one, "")
		case i%4 == 0:
			d.call(200, who, "POST", one+"/cancel", `{"reason": "changed my mind"}`)
		case i%4 == 1:
			d.call(204, who, "DELETE", one, "")
		}
		if i == 0 {
			d.call(403, "bruno", "GET", one, "")
		}
	}
	for _, who := range shoppers {
		d.call(200, who, "GET", orders, "")
		d.call(200, who, "GET", orders+"?status=shipped", "")
		const page = orders + "?limit=1&status=paid&status=shipped"
		after := d.call(200, who, "GET", page, "").text("next_cursor")
		d.call(200, who, "GET", page+"&after="+after, "")
	}
}

// driver sends requests until the first error, which it keeps.
type driver struct {
	ctx    context.Context
	client *http.Client
	base   string
	err    error
	tokens map[string]string
}

// grant requests a token from the token endpoint.
func (d *driver) grant(status int, username, password string) object {
	form := url.Values{"grant_type": {"password"}, "client_id": {ClientID}, "username": {username}, "password": {password}, "scope": {"shop"}}
	return d.call(status, nobody, "POST", "/oauth/token", form.Encode())
}

// text returns a member, or "".
func (o object) text(member string) string {
	text, _ := o[member].(string)
	return text
}

// call sends one request and requires a status. It returns the body, or nil if that is no object.
func (d *driver) call(status int, who, method, path, body string) (got object) {
	if d.err != nil {
		return got
	}
	res, err := d.send(who, method, path, body)
	if err == nil {
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		json.Unmarshal(text, &got)
		if res.StatusCode != status {
			err = fmt.Errorf("status %d, not %d: %.200s", res.StatusCode, status, text)
		}
	}
	if err != nil {
		d.err = fmt.Errorf("drive the sample API: %s %s: %w", method, path, err)
	}
	return got
}

func (d *driver) send(who, method, path, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(d.ctx, method, d.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "shop-tests/1.4")
	req.Header.Set("Accept", "application/json")
	switch {
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	case body != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	switch who {
	case nobody:
	case key:
		req.Header.Set("X-Api-Key", APIKey)
	case admin:
		req.SetBasicAuth(AdminUser, AdminPassword)
	default:
		req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	}
	if method == "OPTIONS" {
		req.Header.Set("Origin", "https://www.shop.example")
		req.Header.Set("Access-Control-Request-Method", "POST")
	}
	return d.client.Do(req)
}
