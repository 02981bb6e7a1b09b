package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// state is the data of the shop.
type state struct {
	counters map[string]int64
	accounts map[string]*account // by user name
	products map[string]*product // by slug
	orders   []*order
	tokens   map[string]*account
}

// next returns the next number of a counter, from 1.
func (s *state) next(name string) int64 {
	s.counters[name]++
	return s.counters[name]
}

// touch advances the shop's clock by a minute and returns the new time.
func (s *state) touch() string {
	return time.Date(2026, time.March, 2, 9, int(s.next("change")), 0, 0, time.UTC).Format(time.RFC3339)
}

// digest derives hexadecimal digits from a name and a number.
func digest(name string, n int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", name, n))
	return hex.EncodeToString(sum[:16])
}

// uuid derives a version 4 UUID.
func uuid(name string, n int64) string {
	h := digest(name, n)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// object is a JSON object.
type object map[string]any

type account struct {
	ID         int64   `json:"id"`
	Username   string  `json:"username"`
	Email      string  `json:"email"`
	FullName   string  `json:"full_name"`
	Phone      *string `json:"phone"`
	Tier       string  `json:"tier"`
	Newsletter bool    `json:"newsletter"`
}

// productInput has the fields of a product that an administrator sets.
type productInput struct {
	Slug        string   `json:"slug"`
	Name        string   `json:"name"`
	Description *string  `json:"description"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags"`
	Status      string   `json:"status"`
	Cents       int64    `json:"price_cents"`
}

type product struct {
	productInput
	ID        int64          `json:"id"`
	Price     money          `json:"price"`
	Rating    *float64       `json:"rating"`
	Stock     map[string]int `json:"stock"`
	ImageURL  string         `json:"image_url"`
	UpdatedAt string         `json:"updated_at"`
}

// add adds a product at a time. It derives further fields from the input.
func (s *state) add(p *product, at string) {
	p.Price, p.ImageURL, p.UpdatedAt = euros(p.Cents), "https://img.shop.example/"+p.Slug+".jpg", at
	p.Tags = append([]string{}, p.Tags...)
	s.products[p.Slug] = p
}

type money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func euros(cents int64) money { return money{fmt.Sprintf("%d.%02d", cents/100, cents%100), "EUR"} }

type order struct {
	ID       string      `json:"id"`
	Number   string      `json:"number"`
	Status   string      `json:"status"`
	Items    []orderItem `json:"items"`
	Total    money       `json:"total"`
	Payment  object      `json:"payment"` // each method has its own fields; type distinguishes them
	ShipTo   object      `json:"ship_to"`
	Notes    *string     `json:"notes"`
	Tracking *string     `json:"tracking"`
	PlacedAt string      `json:"placed_at"`

	owner *account
}

type orderItem struct {
	Line      int    `json:"line"`
	Slug      string `json:"product_slug"`
	Quantity  int    `json:"quantity"`
	UnitPrice money  `json:"unit_price"`
}

func newState() state {
	s := state{counters: map[string]int64{}, accounts: map[string]*account{}, products: map[string]*product{},
		tokens: map[string]*account{}}
	for i, name := range []string{"Alice Vogel", "Bruno Marchetti", "Chiara Lund", "Dmitri Oakes", "Esther Abara"} {
		first, _, _ := strings.Cut(strings.ToLower(name), " ")
		s.accounts[first] = &account{ID: int64(1001 + i*17), Username: first, Email: first + "@shop.example",
			FullName: name, Tier: []string{"gold", "standard", "silver"}[i%3], Newsletter: i%2 == 0}
	}
	for i, name := range []string{
		"Walnut desk lamp", "Brass floor lamp", "Paper pendant", "Clip light mini", "Oak stool", "Folding table", "Linen armchair",
		"Garden bench", "Pour-over kettle", "Hand grinder", "Stoneware mug", "Cold brew jar", "Cast iron pan", "Bread tin",
		"Camp stove", "Trail lantern", "Wool blanket", "Rain barrel",
	} {
		p := &product{ID: int64(501 + i), Stock: map[string]int{"ber-1": 7 + i, "lyon-3": i * 5 % 23}}
		p.productInput = productInput{Slug: strings.ToLower(strings.ReplaceAll(name, " ", "-")), Name: name, Status: "active",
			Category: []string{"lighting", "furniture", "coffee", "kitchen", "outdoor"}[i/4], Cents: int64(1490 + i*i*137%18000)}
		if i%3 != 2 {
			text := name + ", made to last and easy to repair."
			p.Description, p.Tags = &text, []string{"durable", "new"}[:1+i%2]
		}
		if i%4 != 3 {
			rating := 3.1 + float64(i%9)*0.2
			p.Rating = &rating
		}
		s.add(p, fmt.Sprintf("2026-02-%02dT10:00:00Z", 1+i))
	}
	return s
}
