package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// filler makes up the traffic of an API with about fifty operations on three hosts. A flow depends
// on its number alone.
type filler struct {
	start time.Time
	r     *rand.Rand
}

// fill appends flows to a new or existing store until it has so many.
func fill(ctx context.Context, path string, flows int64, progress io.Writer) error {
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		return err
	}
	defer db.Close()
	st, err := db.Stat(ctx)
	if err != nil {
		return err
	}
	const group = 500
	fs := make([]flow.Flow, 0, group)
	g := filler{start: time.Now().Add(-time.Duration(flows) * time.Second)}
	for n := st.Flows; n < flows; n += int64(len(fs)) {
		fs = fs[:0]
		for i := n; i < min(n+group, flows); i++ {
			fs = append(fs, g.flow(i))
		}
		if _, err := db.Append(ctx, fs...); err != nil {
			return err
		}
		if n/group%200 == 0 {
			fmt.Fprintf(progress, "%d of %d flows\n", n, flows)
		}
	}
	return db.Close()
}

// flow returns flow n.
func (g *filler) flow(n int64) flow.Flow {
	g.r = rand.New(rand.NewPCG(uint64(n), 1))
	f := flow.Flow{
		ID: flow.NewID(), Source: "proxy", Done: true, Started: g.start.Add(time.Duration(n) * time.Second),
		Took: time.Duration(1+g.r.IntN(200)) * time.Millisecond,
	}
	f.Request = g.request()
	status, data := g.answer(&f.Request)
	f.Response = &flow.Response{Status: status, Proto: "HTTP/1.1", Header: flow.Header{
		{Name: "Date", Value: f.Started.UTC().Format(time.RFC1123)},
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Content-Length", Value: fmt.Sprint(len(data))},
		{Name: "Cache-Control", Value: "no-store"},
		{Name: "X-Request-Id", Value: fmt.Sprintf("%016x", g.r.Uint64())},
	}, Body: flow.Body{Data: data, Size: int64(len(data))}}
	return f
}

// request makes up a request: in nineteen of twenty to the first host.
func (g *filler) request() flow.Request {
	kinds := []string{"orders", "customers", "products", "invoices", "carts", "reviews", "payments", "shipments", "coupons", "stores"}
	q := flow.Request{Method: "GET", Scheme: "https", Authority: "api.shop.example", Proto: "HTTP/1.1"}
	if g.r.IntN(20) == 0 {
		q.Authority = []string{"auth.shop.example", "cdn.shop.example:8443"}[g.r.IntN(2)]
	}
	q.Path = "/v1/" + kinds[g.r.IntN(len(kinds))]
	switch g.r.IntN(5) {
	case 0:
		q.RawQuery = fmt.Sprintf("limit=%d&page=%d", 10*(1+g.r.IntN(5)), g.r.IntN(40))
	case 1:
		q.Method = "POST"
		q.Body.Data = g.thing(g.r.IntN(1_000_000))
		q.Body.Size = int64(len(q.Body.Data))
	case 2:
		q.Path += fmt.Sprintf("/%d/items", g.r.IntN(1_000_000))
	case 3:
		q.Method = "DELETE"
		q.Path += fmt.Sprintf("/%d", g.r.IntN(1_000_000))
	default:
		q.Path += fmt.Sprintf("/%d", g.r.IntN(1_000_000))
	}
	q.Header = flow.Header{
		{Name: "Host", Value: q.Authority}, {Name: "User-Agent", Value: "shop-app/4.1 (Linux; x86_64)"},
		{Name: "Accept", Value: "application/json"}, {Name: "Accept-Encoding", Value: "gzip"},
		{Name: "Authorization", Value: fmt.Sprintf("Bearer %032x", g.r.IntN(500))},
	}
	if q.Body.Size > 0 {
		q.Header = append(q.Header, flow.Field{Name: "Content-Type", Value: "application/json"})
	}
	return q
}

// answer makes up a response: one of two hundred is an error of the server.
func (g *filler) answer(q *flow.Request) (status int, data []byte) {
	switch n := g.r.IntN(1000); {
	case n < 5:
		return 500 + n%4, []byte(`{"error":{"code":"unavailable","message":"try again later"}}`)
	case n < 35:
		return 404, []byte(`{"error":{"code":"not_found","message":"there is no such thing"}}`)
	case q.Method == "POST":
		return 201, g.thing(g.r.IntN(1_000_000))
	case q.Method == "DELETE":
		return 204, nil
	case q.RawQuery == "":
		return 200, g.thing(g.r.IntN(1_000_000))
	}
	data = []byte(`{"data":[`)
	for i := range 4 {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, g.thing(g.r.IntN(1_000_000))...)
	}
	return 200, append(data, `],"next":null}`...)
}

// thing makes up an object of about 300 bytes.
func (g *filler) thing(id int) []byte {
	words := []string{"red", "small", "wooden", "chair", "lamp", "table", "blue", "large", "metal", "glass"}
	w := func() string { return words[g.r.IntN(len(words))] }
	return fmt.Appendf(nil, `{"id":%d,"name":"%s %s %s","status":"%s","price":{"amount":%d.%02d,"currency":"EUR"},`+
		`"tags":["%s","%s"],"owner":{"id":%d,"admin":%t},"created_at":"2026-%02d-%02dT%02d:%02d:00Z","note":null,`+
		`"description":"A %s %s %s, made of %s. Ships in %d days."}`,
		id, w(), w(), w(), []string{"open", "paid", "sent"}[g.r.IntN(3)], g.r.IntN(500), g.r.IntN(100), w(), w(), g.r.IntN(1000),
		g.r.IntN(2) == 0, 1+g.r.IntN(12), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), w(), w(), w(), w(), g.r.IntN(9))
}
