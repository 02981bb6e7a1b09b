// Package demo is a small shop with an HTTP API. "spectap demo" and the tests record it.
//
// The API consists of ordinary handlers. Nothing in the program describes it except its traffic. It
// has the features of real APIs: a token endpoint, three kinds of authentication, pages and
// cursors, enums, maps, null values, conflicts and one shape of errors. It also serves requests
// that are not API calls: an asset, redirects, preflights.
//
// State is in memory. Clock, ids and tokens are made from counters, so that equal requests in equal
// order get equal responses. The accounts, passwords and keys are public and protect nothing: serve
// the API on loopback only.
//
// Read api.go first, then drive.go, its client.
package sample

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
)

// API is the shop. It is an http.Handler that serves one request at a time.
type API struct {
	mux *http.ServeMux

	mu     sync.Mutex // guards all below
	state  state
	counts map[string]int64
}

// New returns a shop with initial stock and accounts.
func New() *API {
	a := &API{mux: http.NewServeMux(), state: newState(), counts: map[string]int64{}}
	for pattern, h := range a.routes() {
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { a.write(w, h(r)) })
	}
	return a
}

func (a *API) routes() map[string]handler {
	return map[string]handler{
		"POST /oauth/token":         a.token,
		"GET /api/v1/accounts/me":   a.withBearer(func(_ *http.Request, who *account) reply { return ok(who) }),
		"PATCH /api/v1/accounts/me": a.withBearer(patchMe),

		"GET /api/v1/categories":      withKey(raw("application/json", categories)),
		"GET /api/v1/products":        withKey(a.products),
		"GET /api/v1/products/{slug}": withKey(a.product),
		"POST /api/v1/products":       withAdmin(a.createProduct),

		"GET /api/v1/orders":                    a.withBearer(a.orders),
		"POST /api/v1/orders":                   a.withBearer(a.createOrder),
		"GET /api/v1/orders/{order_id}":         a.ofOrder(func(o *order) reply { return ok(o) }),
		"DELETE /api/v1/orders/{order_id}":      a.ofOrder(a.deleteOrder),
		"POST /api/v1/orders/{order_id}/cancel": a.ofOrder(cancelOrder),

		"GET /admin/reports/sales": withAdmin(a.salesReport),

		// Routes that are not part of the API. /p/{slug} is printed on labels.
		"GET /assets/logo.svg": raw("image/svg+xml", logo),
		"GET /p/{slug}": func(r *http.Request) reply {
			return located(http.StatusFound, "/api/v1/products/"+r.PathValue("slug"), nil)
		},
		"OPTIONS /api/v1/{rest...}": func(*http.Request) reply { return noContent },
		"/":                         func(r *http.Request) reply { return notFound("page", r.URL.Path) },
	}
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[r.Method]++
	a.mux.ServeHTTP(w, r)
}

// Requests returns the number of requests with a method, including those that failed.
func (a *API) Requests(method string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts[method]
}

// handler answers a request.
type handler func(r *http.Request) reply

// reply is a response to be written.
type reply struct {
	status int
	body   any    // nil: none; []byte: as it is, of the type kind; else JSON
	kind   string // the content type of bytes
	header map[string]string
}

func (a *API) write(w http.ResponseWriter, res reply) {
	if p, failed := res.body.(problem); failed {
		p = maps.Clone(p)
		p["request_id"] = fmt.Sprintf("req_%08x", a.state.next("request")*2654435761&0xffffffff)
		res.body = object{"error": p}
	}
	data, isBytes := res.body.([]byte)
	if res.body != nil && !isBytes {
		res.kind = "application/json"
		data, _ = json.Marshal(res.body) // plain structs and maps: cannot fail
	}
	for name, value := range res.header {
		w.Header().Set(name, value)
	}
	if res.kind != "" {
		w.Header().Set("Content-Type", res.kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	w.WriteHeader(res.status)
	w.Write(data) // the error means that the client has left
}

// problem describes an error.
type problem object

func fail(status int, code, format string, args ...any) reply {
	return reply{status: status, body: problem{"code": code, "message": fmt.Sprintf(format, args...)}}
}

// notFound returns the 404 of a resource.
func notFound(kind, id string) reply {
	return fail(http.StatusNotFound, "not_found", "no %s %s", kind, id)
}

// invalid returns a 422.
func invalid(field, issue string) reply {
	return reply{status: http.StatusUnprocessableEntity, body: problem{"code": "validation_failed",
		"message": "the request has invalid fields", "details": []object{{"field": field, "issue": issue}}}}
}

func ok(v any) reply { return reply{status: http.StatusOK, body: v} }

// raw returns a handler that responds with a text of a content type.
func raw(kind, text string) handler {
	return func(*http.Request) reply { return reply{status: http.StatusOK, body: []byte(text), kind: kind} }
}

func located(status int, location string, v any) reply {
	return reply{status: status, body: v, header: map[string]string{"Location": location}}
}

var noContent = reply{status: http.StatusNoContent}

// badJSON answers a request whose body decode refuses.
var badJSON = fail(http.StatusBadRequest, "bad_json", "the body is not the JSON that is expected here")

// decode parses a JSON body, and reports whether it could.
func decode(r *http.Request, v any) bool { return json.NewDecoder(r.Body).Decode(v) == nil }

// number parses a positive number of the query. It returns 0 if the text is not one.
func number(r *http.Request, name, otherwise string) int {
	n, _ := strconv.Atoi(cmp.Or(r.FormValue(name), otherwise))
	return max(n, 0)
}

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><path d="M8 16h32l-4 24H12z" fill="#3a6"/></svg>`
