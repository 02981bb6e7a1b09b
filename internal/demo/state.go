package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// state is the data of the shop.
type state struct {
	counters   map[string]int64
	writes     int64 // number of changes, which advance the clock
	accounts   []*account
	products   []*product
	categories []category
	reviews    []*review
	orders     []*order
	carts      map[int64]*cart
	coupons    []coupon
	uploads    []*upload
	webhooks   []*webhook
	sessions   map[string]bool
}

// next returns the next number of a counter, from 1.
func (s *state) next(name string) int64 {
	s.counters[name]++
	return s.counters[name]
}

// now returns the time of the shop's clock, which advances by a minute with each change.
func (s *state) now() time.Time {
	return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(s.writes) * time.Minute)
}

// touch advances the clock and returns the time of the change.
func (s *state) touch() string {
	s.writes++
	return stamp(s.now())
}

// uuid derives a version 4 UUID from a name and a number.
func uuid(name string, n int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", name, n))
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// short derives an opaque id of 12 characters.
func short(name string, n int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", name, n))
	return hex.EncodeToString(sum[:6])
}

type account struct {
	ID         int64    `json:"id"`
	Username   string   `json:"username"`
	Email      string   `json:"email"`
	FullName   string   `json:"full_name"`
	Phone      *string  `json:"phone"`
	Tier       string   `json:"tier"`
	Newsletter bool     `json:"newsletter"`
	Address    *address `json:"address"`
	CreatedAt  string   `json:"created_at"`
	password   string
}

type address struct {
	Name       string `json:"name"`
	Street     string `json:"street"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
}

type money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func euros(cents int64) money {
	return money{fmt.Sprintf("%d.%02d", cents/100, cents%100), "EUR"}
}

type product struct {
	ID          int64          `json:"id"`
	Slug        string         `json:"slug"`
	Name        string         `json:"name"`
	Description *string        `json:"description"`
	Category    string         `json:"category"`
	Price       money          `json:"price"`
	Rating      *float64       `json:"rating"`
	Tags        []string       `json:"tags"`
	Status      string         `json:"status"`
	Stock       map[string]int `json:"stock"`
	Dimensions  *dimensions    `json:"dimensions,omitempty"`
	ImageURL    string         `json:"image_url"`
	ReleasedOn  string         `json:"released_on"`
	UpdatedAt   string         `json:"updated_at"`

	cents   int64
	version int64
}

type dimensions struct {
	Width  int     `json:"width_mm"`
	Height int     `json:"height_mm"`
	Depth  int     `json:"depth_mm"`
	Weight float64 `json:"weight_kg"`
}

type category struct {
	Slug     string     `json:"slug"`
	Name     string     `json:"name"`
	Children []category `json:"children"`
}

type coupon struct {
	Code      string  `json:"code"`
	Percent   int     `json:"percent_off"`
	MinTotal  money   `json:"minimum"`
	ExpiresAt *string `json:"expires_at"`
	Active    bool    `json:"active"`
}

// warehouses are the ids of the warehouses.
var warehouses = [...]string{"ams-2", "ber-1", "fra-1", "lyon-3"}

func newState() state {
	s := state{counters: map[string]int64{}, carts: map[int64]*cart{}, sessions: map[string]bool{}}
	s.accounts = firstAccounts()
	s.products = firstProducts()
	s.categories = []category{
		{"home", "Home", []category{
			{"lighting", "Lighting", []category{{"desk-lamps", "Desk lamps", []category{}}, {"floor-lamps", "Floor lamps", []category{}}}},
			{"furniture", "Furniture", []category{}},
		}},
		{"kitchen", "Kitchen", []category{{"coffee", "Coffee", []category{}}}},
		{"outdoor", "Outdoor", []category{}},
	}
	june := "2026-06-30T23:59:59Z"
	s.coupons = []coupon{
		{"SPRING-25", 25, euros(5000), &june, true},
		{"WELCOME-10", 10, euros(0), nil, true},
		{"LOYAL-15", 15, euros(10000), nil, true},
		{"WINTER-30", 30, euros(5000), nil, false},
	}
	return s
}

func firstAccounts() []*account {
	phone := "+49 30 5550 1234"
	home := &address{"Alice Vogel", "Lindenstrasse 12", "Berlin", "10969", "DE"}
	list := []*account{
		{Username: "alice", FullName: "Alice Vogel", Phone: &phone, Tier: "gold", Newsletter: true, Address: home},
		{Username: "bruno", FullName: "Bruno Marchetti", Tier: "standard"},
		{Username: "chiara", FullName: "Chiara Lund", Tier: "silver", Newsletter: true, Address: &address{"Chiara Lund", "Torvegade 4", "Aarhus", "8000", "DK"}},
		{Username: "dmitri", FullName: "Dmitri Oakes", Tier: "standard"},
		{Username: "esther", FullName: "Esther Abara", Tier: "gold", Newsletter: true},
	}
	for i, a := range list {
		a.ID = int64(1001 + i*17)
		a.Email = a.Username + "@shop.example"
		a.CreatedAt = stamp(time.Date(2024, time.Month(i+2), 3+i*5, 8, 30, 0, 0, time.UTC))
		a.password = a.Username + "-demo-password"
	}
	return list
}

func firstProducts() []*product {
	var list []*product
	for i, row := range [][3]string{
		{"walnut-desk-lamp", "Walnut desk lamp", "lighting"}, {"brass-floor-lamp", "Brass floor lamp", "lighting"},
		{"paper-pendant", "Paper pendant", "lighting"}, {"clip-light-mini", "Clip light mini", "lighting"},
		{"oak-stool", "Oak stool", "furniture"}, {"folding-table", "Folding table", "furniture"},
		{"wall-shelf-60", "Wall shelf 60", "furniture"}, {"linen-armchair", "Linen armchair", "furniture"},
		{"pour-over-kettle", "Pour-over kettle", "coffee"}, {"hand-grinder", "Hand grinder", "coffee"},
		{"stoneware-mug", "Stoneware mug", "coffee"}, {"cold-brew-jar", "Cold brew jar", "coffee"},
		{"cast-iron-pan", "Cast iron pan", "kitchen"}, {"chefs-knife-20", "Chef's knife 20", "kitchen"},
		{"bread-tin", "Bread tin", "kitchen"}, {"camp-stove", "Camp stove", "outdoor"},
		{"trail-lantern", "Trail lantern", "outdoor"}, {"wool-blanket", "Wool blanket", "outdoor"},
		{"rain-barrel", "Rain barrel", "outdoor"}, {"garden-bench", "Garden bench", "furniture"},
	} {
		p := &product{
			ID: int64(501 + i), Slug: row[0], Name: row[1], Category: row[2], cents: int64(1490 + i*i*137%18000),
			Tags: []string{row[2]}, Status: "active", Stock: map[string]int{}, version: 1,
			ImageURL:   "https://img.shop.example/" + row[0] + ".jpg",
			ReleasedOn: time.Date(2025, time.Month(1+i%12), 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
			UpdatedAt:  stamp(time.Date(2026, time.February, 1+i, 10, i, 0, 0, time.UTC)),
		}
		p.Price = euros(p.cents)
		for k, w := range warehouses {
			if (i+k)%3 != 0 {
				p.Stock[w] = (i*7 + k*5) % 23
			}
		}
		if i%3 != 1 {
			text := row[1] + ", made to last and easy to repair."
			p.Description = &text
		}
		if i%4 != 3 {
			rating := 3.1 + float64(i%9)*0.2
			p.Rating = &rating
		}
		if i%2 == 0 {
			p.Dimensions = &dimensions{100 + i*20, 80 + i*15, 60 + i*10, 0.4 + float64(i)*0.25}
			p.Tags = append(p.Tags, "new")
		}
		if i == 18 {
			p.Status = "discontinued"
		}
		list = append(list, p)
	}
	return list
}

// inStock returns the total stock of all warehouses.
func (p *product) inStock() int {
	n := 0
	for _, k := range p.Stock {
		n += k
	}
	return n
}

func (s *state) product(slug string) *product {
	for _, p := range s.products {
		if p.Slug == slug {
			return p
		}
	}
	return nil
}
