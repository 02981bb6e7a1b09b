package demo

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (a *API) categories(*http.Request) (reply, error) { return ok(a.state.categories) }

// page is one page of a list and its position.
type page[T any] struct {
	Data    []T `json:"data"`
	Page    int `json:"page"`
	PerPage int `json:"per_page"`
	Total   int `json:"total"`
}

func paged[T any](r *http.Request, all []T) (reply, error) {
	n, err := number(r, "page", 1, 1, 1000)
	if err != nil {
		return reply{}, err
	}
	size, err := number(r, "per_page", 10, 1, 100)
	if err != nil {
		return reply{}, err
	}
	from := min((n-1)*size, len(all))
	p := page[T]{Data: all[from:min(from+size, len(all))], Page: n, PerPage: size, Total: len(all)}
	if p.Data == nil {
		p.Data = []T{}
	}
	res := reply{status: http.StatusOK, json: p, header: map[string]string{"X-Total-Count": strconv.Itoa(len(all))}}
	return res, nil
}

// products lists products by category, price and stock.
func (a *API) products(r *http.Request) (reply, error) {
	q := r.URL.Query()
	least, err := price(q.Get("min_price"), 0)
	if err != nil {
		return reply{}, invalid("min_price", "must be an amount such as 19.90")
	}
	most, err := price(q.Get("max_price"), math.MaxInt64)
	if err != nil {
		return reply{}, invalid("max_price", "must be an amount such as 19.90")
	}
	list := []*product{}
	for _, p := range a.state.products {
		switch {
		case q.Get("category") != "" && p.Category != q.Get("category"),
			p.cents < least, p.cents > most,
			q.Get("in_stock") == "true" && p.inStock() == 0,
			len(q["tag"]) > 0 && !slices.ContainsFunc(q["tag"], func(t string) bool { return slices.Contains(p.Tags, t) }):
			continue
		}
		list = append(list, p)
	}
	order := map[string]func(x, y *product) int{
		"":           func(x, y *product) int { return int(x.ID - y.ID) },
		"name":       func(x, y *product) int { return strings.Compare(x.Name, y.Name) },
		"price":      func(x, y *product) int { return int(x.cents - y.cents) },
		"price_desc": func(x, y *product) int { return int(y.cents - x.cents) },
		"newest":     func(x, y *product) int { return strings.Compare(y.ReleasedOn, x.ReleasedOn) },
	}[q.Get("sort")]
	if order == nil {
		return reply{}, invalid("sort", "must be name, price, price_desc or newest")
	}
	slices.SortStableFunc(list, order)
	return paged(r, list)
}

func price(text string, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	return int64(math.Round(f * 100)), err
}

// featured returns the products in the shop window.
func (a *API) featured(*http.Request) (reply, error) {
	type card struct {
		Headline string `json:"headline"`
		Slug     string `json:"slug"`
		Until    string `json:"until"`
	}
	cards := []card{}
	for i, p := range a.state.products {
		if i%6 == 1 {
			cards = append(cards, card{"Now " + p.Price.Amount + ": " + p.Name, p.Slug, "2026-04-01"})
		}
	}
	return ok(map[string]any{"cards": cards, "rotates_every": 3600})
}

// ofProduct returns a handler for the product that the path names.
func (a *API) ofProduct(h func(*http.Request, *product) (reply, error)) handler {
	return func(r *http.Request) (reply, error) {
		p := a.state.product(r.PathValue("slug"))
		if p == nil {
			return reply{}, notFound("product", r.PathValue("slug"))
		}
		return h(r, p)
	}
}

func (p *product) etag() string { return fmt.Sprintf(`"%d-%d"`, p.ID, p.version) }

func (a *API) product(r *http.Request, p *product) (reply, error) {
	head := map[string]string{"ETag": p.etag(), "Cache-Control": "max-age=60"}
	if r.Header.Get("If-None-Match") == p.etag() {
		return reply{status: http.StatusNotModified, header: head}, nil
	}
	return reply{status: http.StatusOK, header: head, json: p}, nil
}

// productInput has the fields of a product that an administrator may set.
type productInput struct {
	Slug        string      `json:"slug"`
	Name        string      `json:"name"`
	Description *string     `json:"description"`
	Category    string      `json:"category"`
	PriceCents  int64       `json:"price_cents"`
	Tags        []string    `json:"tags"`
	Status      string      `json:"status"`
	Dimensions  *dimensions `json:"dimensions"`
}

var slugs = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (in *productInput) check() error {
	var wrong []string
	if !slugs.MatchString(in.Slug) {
		wrong = append(wrong, "slug", "must be lower-case words joined by hyphens")
	}
	if in.Name == "" {
		wrong = append(wrong, "name", "must not be empty")
	}
	if in.PriceCents <= 0 {
		wrong = append(wrong, "price_cents", "must be positive")
	}
	if !slices.Contains([]string{"active", "draft", "discontinued"}, in.Status) {
		wrong = append(wrong, "status", "must be active, draft or discontinued")
	}
	if wrong != nil {
		return invalid(wrong...)
	}
	return nil
}

func (in *productInput) fill(p *product, at string) {
	p.Slug, p.Name, p.Description, p.Category = in.Slug, in.Name, in.Description, in.Category
	p.cents, p.Price, p.Status, p.Dimensions = in.PriceCents, euros(in.PriceCents), in.Status, in.Dimensions
	p.Tags = append([]string{}, in.Tags...)
	p.ImageURL, p.UpdatedAt = "https://img.shop.example/"+in.Slug+".jpg", at
	p.version++
}

func (a *API) createProduct(r *http.Request) (reply, error) {
	var in productInput
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	if a.state.product(in.Slug) != nil {
		return reply{}, fail(http.StatusConflict, "slug_taken", "there is a product %s already", in.Slug)
	}
	at := a.state.touch()
	p := &product{ID: 600 + a.state.next("product"), Stock: map[string]int{}, ReleasedOn: at[:10]}
	in.fill(p, at)
	a.state.products = append(a.state.products, p)
	return created("/api/v1/products/"+p.Slug, p)
}

// putProduct replaces a product, unless it has changed since the caller read it (If-Match, RFC
// 9110).
func (a *API) putProduct(r *http.Request, p *product) (reply, error) {
	switch r.Header.Get("If-Match") {
	case p.etag(), "*":
	case "":
		return reply{}, fail(http.StatusPreconditionRequired, "precondition_required", "If-Match is needed")
	default:
		return reply{}, fail(http.StatusPreconditionFailed, "changed_meanwhile", "the product has changed: read it again")
	}
	var in productInput
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if in.Slug == "" {
		in.Slug = p.Slug
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	in.fill(p, a.state.touch())
	return reply{status: http.StatusOK, header: map[string]string{"ETag": p.etag()}, json: p}, nil
}

func (a *API) deleteProduct(r *http.Request, p *product) (reply, error) {
	a.state.products = slices.DeleteFunc(a.state.products, func(x *product) bool { return x == p })
	a.state.touch()
	return noContent()
}

// stockView has the stock of each warehouse.
type stockView struct {
	Slug       string         `json:"slug"`
	Total      int            `json:"total"`
	Warehouses map[string]int `json:"warehouses"`
}

func (a *API) stock(r *http.Request, p *product) (reply, error) {
	return ok(stockView{p.Slug, p.inStock(), p.Stock})
}

func (a *API) putStock(r *http.Request, p *product) (reply, error) {
	var in map[string]int
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	for _, w := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(warehouses[:], w) {
			return reply{}, invalid(w, "is not a warehouse")
		}
		if in[w] < 0 {
			return reply{}, invalid(w, "must not be negative")
		}
	}
	p.Stock = in
	p.UpdatedAt = a.state.touch()
	p.version++
	return ok(stockView{p.Slug, p.inStock(), p.Stock})
}

// search finds products by words in their names and descriptions.
func (a *API) search(r *http.Request) (reply, error) {
	q := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	if q == "" {
		return reply{}, invalid("q", "must not be empty")
	}
	limit, err := number(r, "limit", 5, 1, 50)
	if err != nil {
		return reply{}, err
	}
	type hit struct {
		Slug  string  `json:"slug"`
		Name  string  `json:"name"`
		Score float64 `json:"score"`
	}
	hits := []hit{}
	for _, p := range a.state.products {
		switch {
		case strings.Contains(strings.ToLower(p.Name), q):
			hits = append(hits, hit{p.Slug, p.Name, 1})
		case p.Description != nil && strings.Contains(strings.ToLower(*p.Description), q):
			hits = append(hits, hit{p.Slug, p.Name, 0.35})
		}
	}
	total := len(hits)
	return ok(map[string]any{"query": q, "total": total, "hits": hits[:min(limit, total)]})
}
