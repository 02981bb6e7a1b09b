// Package demo is a small shop with an HTTP API. "spectap demo" and the tests record it.
//
// The API consists of ordinary handlers, and nothing in the program describes it: only its traffic
// does. It has what real APIs have: a token endpoint, three kinds of authentication, pages and
// cursors, uploads and downloads, enums, maps, null values, preconditions, conflicts and one shape
// of errors. It also has what does not belong to an API: an asset, redirects, preflights.
//
// State is in memory. Clock, ids and tokens are made from counters, so that equal requests in equal
// order get equal responses. The accounts, passwords and keys are public and protect nothing: serve
// the API on loopback only.
//
// Read api.go first, then drive.go, its client.
package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBody is the maximal size of a request body in bytes.
const maxBody = 4 << 20

// API is the shop. It is an http.Handler, and safe for concurrent use.
type API struct {
	mux *http.ServeMux

	mu     sync.Mutex // guards all below
	state  state
	counts map[string]int64
}

// New returns a shop with initial stock and accounts.
func New() *API {
	a := &API{mux: http.NewServeMux(), state: newState(), counts: map[string]int64{}}
	a.routes()
	return a
}

// routes registers all handlers.
func (a *API) routes() {
	public, key, bearer, admin := a.open, a.withKey, a.withBearer, a.withAdmin
	for pattern, h := range map[string]http.Handler{
		"POST /oauth/token": public(a.token),

		"GET /api/v1/accounts/me":   bearer(a.me),
		"PATCH /api/v1/accounts/me": bearer(a.patchMe),
		"GET /api/v1/accounts/{id}": bearer(a.account),

		"GET /api/v1/categories":               key(a.categories),
		"GET /api/v1/products":                 key(a.products),
		"GET /api/v1/products/featured":        key(a.featured),
		"GET /api/v1/products/{slug}":          key(a.ofProduct(a.product)),
		"POST /api/v1/products":                admin(a.createProduct),
		"PUT /api/v1/products/{slug}":          admin(a.ofProduct(a.putProduct)),
		"DELETE /api/v1/products/{slug}":       admin(a.ofProduct(a.deleteProduct)),
		"GET /api/v1/products/{slug}/stock":    key(a.ofProduct(a.stock)),
		"PUT /api/v1/products/{slug}/stock":    admin(a.ofProduct(a.putStock)),
		"GET /api/v1/search":                   key(a.search),
		"GET /api/v1/products/{slug}/reviews":  key(a.ofProduct(a.reviews)),
		"POST /api/v1/products/{slug}/reviews": bearer(a.ofProduct(a.createReview)),

		"GET /api/v1/cart":                    bearer(a.cart),
		"POST /api/v1/cart/items":             bearer(a.addCartItem),
		"PATCH /api/v1/cart/items/{item_id}":  bearer(a.patchCartItem),
		"DELETE /api/v1/cart/items/{item_id}": bearer(a.deleteCartItem),

		"GET /api/v1/orders":                         bearer(a.orders),
		"POST /api/v1/orders":                        bearer(a.createOrder),
		"GET /api/v1/orders/{order_id}":              bearer(a.ofOrder(a.order)),
		"DELETE /api/v1/orders/{order_id}":           bearer(a.ofOrder(a.deleteOrder)),
		"GET /api/v1/orders/{order_id}/items":        bearer(a.ofOrder(a.orderItems)),
		"GET /api/v1/orders/{order_id}/items/{line}": bearer(a.ofOrder(a.orderItem)),
		"POST /api/v1/orders/{order_id}/cancel":      bearer(a.ofOrder(a.cancelOrder)),

		"GET /api/v1/coupons/{code}": bearer(a.coupon),

		"POST /api/v1/uploads":              bearer(a.createUpload),
		"GET /api/v1/uploads/{upload_id}":   bearer(a.upload),
		"GET /api/v1/webhooks":              bearer(a.webhooks),
		"POST /api/v1/webhooks":             bearer(a.createWebhook),
		"DELETE /api/v1/webhooks/{hook_id}": bearer(a.deleteWebhook),

		"POST /admin/session":       public(a.createSession),
		"DELETE /admin/session":     admin(a.deleteSession),
		"GET /admin/reports/sales":  admin(a.salesReport),
		"GET /admin/exports/{date}": admin(a.export),

		"GET /assets/logo.svg":      public(a.logo),
		"GET /p/{number}":           public(a.shortLink),
		"OPTIONS /api/v1/{rest...}": public(a.preflight),
		"/":                         public(a.nothing),
	} {
		a.mux.Handle(pattern, h)
	}
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.counts[r.Method]++
	a.mu.Unlock()
	a.mux.ServeHTTP(w, r)
}

// Requests returns the number of requests with a method, including those that failed.
func (a *API) Requests(method string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts[method]
}

// reply is a response to be written.
type reply struct {
	status int
	header map[string]string
	json   any    // the body, unless nil; data and kind are made from it
	data   []byte // the body
	kind   string // the content type, or ""
}

// handler answers a request while the lock is held. A *problem becomes an error body.
type handler func(r *http.Request) (reply, error)

// open serves h without authentication.
func (a *API) open(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The body is read before the lock is taken, so that a slow client does not block others.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var res reply
		if err == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			a.mu.Lock()
			if res, err = h(r); err == nil {
				res.encode()
			}
			a.mu.Unlock()
		}
		if err != nil {
			res = a.failure(err)
			res.encode()
		}
		write(w, r, res)
	})
}

func write(w http.ResponseWriter, r *http.Request, res reply) {
	h := w.Header()
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Vary", "Origin")
	}
	for name, value := range res.header {
		h.Set(name, value)
	}
	if res.kind != "" {
		h.Set("Content-Type", res.kind)
		h.Set("Content-Length", strconv.Itoa(len(res.data)))
	}
	w.WriteHeader(res.status)
	w.Write(res.data) // the error means that the client has left
}

// encode turns json into data. The caller holds the lock that guards the values in json.
func (res *reply) encode() {
	if res.json != nil {
		res.data, _ = json.Marshal(res.json) // plain structs and maps: cannot fail
		res.kind = "application/json"
	}
}

// problem is an error response.
type problem struct {
	status    int
	challenge string       // WWW-Authenticate of a 401
	Code      string       `json:"code"`
	Message   string       `json:"message"`
	Details   []fieldIssue `json:"details,omitempty"`
	Request   string       `json:"request_id"`
}

type fieldIssue struct {
	Field string `json:"field"`
	Issue string `json:"issue"`
}

func (p *problem) Error() string { return p.Message }

func fail(status int, code, format string, args ...any) error {
	return &problem{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// signIn returns a 401 with a challenge (RFC 9110, section 11.6.1).
func signIn(challenge, what string) error {
	return &problem{status: http.StatusUnauthorized, challenge: challenge, Code: "unauthorized", Message: what + " is needed"}
}

// notFound returns the 404 of a resource.
func notFound(kind string, id any) error {
	return fail(http.StatusNotFound, "not_found", "no %s %v", kind, id)
}

// invalid returns a 422. pairs alternate fields and their errors.
func invalid(pairs ...string) error {
	p := &problem{status: http.StatusUnprocessableEntity, Code: "validation_failed", Message: "the request has invalid fields"}
	for i := 0; i+1 < len(pairs); i += 2 {
		p.Details = append(p.Details, fieldIssue{pairs[i], pairs[i+1]})
	}
	return p
}

// failure returns the response of an error. All errors have one shape.
func (a *API) failure(err error) reply {
	p := new(problem)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &p):
	case errors.As(err, &tooLong):
		p = &problem{status: http.StatusRequestEntityTooLarge, Code: "too_large", Message: "the body is too long"}
	default:
		p = &problem{status: http.StatusBadRequest, Code: "bad_request", Message: err.Error()}
	}
	a.mu.Lock()
	p.Request = fmt.Sprintf("req_%08x", a.state.next("request")*2654435761&0xffffffff)
	a.mu.Unlock()
	res := reply{status: p.status, json: map[string]*problem{"error": p}}
	if p.challenge != "" {
		res.header = map[string]string{"WWW-Authenticate": p.challenge}
	}
	return res
}

func ok(v any) (reply, error) { return reply{status: http.StatusOK, json: v}, nil }

func created(location string, v any) (reply, error) {
	return reply{status: http.StatusCreated, json: v, header: map[string]string{"Location": location}}, nil
}

func noContent() (reply, error) { return reply{status: http.StatusNoContent}, nil }

// decode parses a JSON body.
func decode(r *http.Request, v any) error {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return fail(http.StatusBadRequest, "bad_json", "the body is not the JSON that is expected here")
	}
	return nil
}

// number parses a whole number from the query, or returns a default.
func number(r *http.Request, name string, otherwise, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, invalid(name, fmt.Sprintf("must be a number from %d to %d", least, most))
	}
	return n, nil
}

// stamp formats a time.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
