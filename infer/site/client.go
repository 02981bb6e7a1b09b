package site

import (
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/varint"
)

// This file separates the habits of one client from the demands of an API: it finds request headers
// that a single program sent with all its requests.
//
// Programs are identified by the product in User-Agent (RFC 9110, section 10.1.5). Facts are counts
// by name; no value of another header is kept.

// Bounds of the facts. See package bottomk.
const (
	maxPrograms = 32
	maxHeaders  = 64
)

// minRequests is how many requests show a habit.
const minRequests = 5

// Clients counts, for each program, its requests and those with each header. They merge in any
// order. Use [NewClients] to make them. Facts are not safe for concurrent use.
type Clients struct {
	programs *bottomk.Map[*program]

	// userAgent and last are no facts: the User-Agent of the latest request, and its program. last
	// is nil if it may have been pooled.
	userAgent string
	last      *program
}

// program holds the facts of one program, as a [bottomk.Value].
type program struct {
	requests int64
	headers  *bottomk.Counts // by name in lower case
}

// NewClients returns facts of no request.
func NewClients() *Clients { return &Clients{programs: bottomk.New[*program](maxPrograms)} }

// New implements [bottomk.Value].
func (*program) New() *program { return &program{headers: bottomk.New[*bottomk.Count](maxHeaders)} }

// Add adds one request: the value of its User-Agent, and the names of its header parameters in
// lower case.
func (f *Clients) Add(userAgent string, names []string) {
	if f.last != nil && f.userAgent == userAgent {
		f.last.add(names)
		return
	}
	f.programs.Update(product(userAgent), nil, func(p *program) {
		p.add(names)
		f.userAgent, f.last = userAgent, p
	})
	if f.programs.Overflowed() {
		f.last = nil
	}
}

func (p *program) add(names []string) {
	p.requests++
	for _, name := range names {
		bottomk.Tally(p.headers, name)
	}
}

// NamesClient reports whether a header name in lower case begins with the name of the program that
// sends it and not with a part of the host: npm-session from npm. Such a header describes the
// program.
func NamesClient(header, userAgent, host string) bool {
	name := strings.ToLower(product(userAgent))
	rest, ok := strings.CutPrefix(header, name)
	return ok && len(name) >= minProduct && strings.HasPrefix(rest, "-") && !strings.Contains("."+strings.ToLower(host)+".", "."+name+".")
}

// minProduct is the length of the shortest name of a program. Shorter ones may be words of an API.
const minProduct = 3

// product returns the name of the program that a User-Agent begins with, without its version.
func product(userAgent string) string {
	if i := strings.IndexAny(userAgent, "/ (;,"); i >= 0 {
		userAgent = userAgent[:i]
	}
	return userAgent
}

// Habits returns the headers that exactly one program sent, with all of its requests. A header that
// another program sends, too, or that this one sends with some requests only, belongs to the API.
func (f *Clients) Habits() map[string]bool {
	senders := map[string]int{}
	habits := map[string]bool{}
	for p := range f.programs.Values() {
		if p.headers.Overflowed() {
			return nil // one of the others may be a sender
		}
		for _, name := range p.headers.Names() {
			senders[name]++
			if p.requests >= minRequests && p.headers.Get(name).N == p.requests {
				habits[name] = true
			}
		}
	}
	for name, n := range senders {
		if n > 1 || f.programs.Overflowed() {
			delete(habits, name)
		}
	}
	return habits
}

// Merge implements [bottomk.Value].
func (p *program) Merge(o *program) {
	p.requests += o.requests
	p.headers.Merge(o.headers)
}

// Code implements [bottomk.Value].
func (p *program) Code(c *varint.Coder) {
	varint.Naturals(c, &p.requests)
	p.headers.Code(c)
}

// Merge adds the facts of o, which is not changed.
func (f *Clients) Merge(o *Clients) {
	f.programs.Merge(o.programs)
	f.last = nil
}

// Code encodes the facts. It decodes facts and adds them.
func (f *Clients) Code(c *varint.Coder) { f.programs.Code(c) }
