package route

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// api generates the traffic of an invented API together with its true templates.
type api struct {
	r          *rand.Rand
	methods    map[string]map[string]bool // by true template
	exchanges  []*Exchange
	taken      map[string]bool                                              // nouns that are in use
	plain      bool                                                         // identifiers are ordinary words
	mayBePlain bool                                                         // plain makes a difference
	record     func(method, path string, request any, status int, body any) // unless nil, what else becomes of exchanges
}

// object is a JSON object in a fixed order: alternating names and values.
type object []any

// newAPI returns an API without traffic.
func newAPI(seed uint64) *api {
	return &api{r: rand.New(rand.NewPCG(seed, 99)), methods: map[string]map[string]bool{}, taken: map[string]bool{}}
}

// call adds an exchange. body is nil, an object, or a list of objects.
func (a *api) call(method, template, path string, status int, body any) {
	a.send(method, template, path, nil, status, body)
}

// send adds an exchange with a body in the request. path may have a query.
func (a *api) send(method, template, path string, request any, status int, body any) {
	if a.record != nil {
		a.record(method, path, request, status, body)
	}
	path, _, _ = strings.Cut(path, "?")
	if a.methods[template] == nil {
		a.methods[template] = map[string]bool{}
	}
	a.methods[template][method] = true
	e := &Exchange{Method: method, Path: path, Status: status, HasBody: body != nil}
	_, e.List = body.([]object)
	a.scalars(e, body, "", "", 0, false)
	sent := &Exchange{}
	a.scalars(sent, request, "", "", 0, false)
	e.Request = sent.Scalars
	a.exchanges = append(a.exchanges, e)
}

// scalars adds the scalars and keys of a body to an exchange.
func (a *api) scalars(e *Exchange, body any, field, owner string, depth int, item bool) {
	switch v := body.(type) {
	case object:
		for i := 0; i < len(v); i += 2 {
			e.Keys = append(e.Keys, v[i].(string))
			a.scalars(e, v[i+1], v[i].(string), field, depth+1, false)
			if l, ok := v[i+1].([]object); ok && len(l) > 0 && len(v) <= 4 {
				e.List = true
			}
		}
	case []object:
		for _, x := range v {
			a.scalars(e, x, field, owner, depth, true)
		}
	case []any:
		for _, x := range v {
			a.scalars(e, x, field, owner, depth, true)
		}
	case nil, bool, float64:
	default:
		e.Scalars = append(e.Scalars, Scalar{Field: field, Owner: owner, Text: fmt.Sprint(v), Item: item, Depth: depth})
	}
}

// corpus returns the traffic with the true templates.
func (a *api) corpus() *scoredCorpus {
	c := &scoredCorpus{exchanges: a.exchanges}
	for _, path := range slices.Sorted(maps.Keys(a.methods)) {
		c.truth = append(c.truth, parseTemplate(path, slices.Sorted(maps.Keys(a.methods[path]))))
	}
	return c
}

// pick returns one of the values.
func pick[T any](a *api, values ...T) T { return values[a.r.IntN(len(values))] }

// chance reports true with probability p.
func (a *api) chance(p float64) bool { return a.r.Float64() < p }

var nounStems = strings.Fields(`server cluster network volume snapshot policy rule key secret zone record member
	profile endpoint queue topic job run task build release package image stack gateway route table address disk
	backup plan budget report alert metric dashboard monitor device sensor model dataset pipeline trigger function
	schedule session channel message thread label comment invoice payment order product customer catalog store`)

var qualifiers = strings.Fields(`virtual backup private public managed shared regional managed event data storage
	access auto load web app security service batch edge cloud`)

// noun returns an unused plural noun, sometimes a compound.
func (a *api) noun() string {
	for {
		n := pluralOf(pick(a, nounStems...))
		if a.chance(.4) {
			n = pick(a, qualifiers...) + strings.ToUpper(n[:1]) + n[1:]
		}
		if !a.taken[n] {
			a.taken[n] = true
			return n
		}
	}
}

func pluralOf(s string) string {
	switch {
	case strings.HasSuffix(s, "y") && !strings.HasSuffix(s, "ey"):
		return s[:len(s)-1] + "ies"
	case strings.HasSuffix(s, "s"):
		return s + "es"
	}
	return s + "s"
}

var syllables = strings.Fields("ba ko mi ren tas vel no pu dor sel bi gra lum fen xi or tek sta mar quo")

// word returns a word that no dictionary has.
func (a *api) word(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pick(a, syllables...))
	}
	return b.String()
}

// vendor returns the name of a vendor or product, capitalized.
func (a *api) vendor() string {
	w := a.word(2)
	return strings.ToUpper(w[:1]) + w[1:]
}

// The styles of identifiers.
const (
	styleWord   = iota // kobami
	styleSlug          // kobami-ren
	styleNumber        // web-2
	styleInt           // 48213
	styleUUID          // 7f1c…
	styleToken         // cus_9sXk…
	styleMixed         // Test_VM
	styleSmall         // 7
	styles
)

// id returns a new identifier of a style.
func (a *api) id(style int) string {
	a.mayBePlain = a.mayBePlain || style == styleWord || style == styleSlug
	switch {
	case a.plain && style == styleWord:
		return pick(a, commonNames...)
	case a.plain && style == styleSlug:
		return pick(a, commonNames...) + "-" + pick(a, commonNames...)
	}
	switch style {
	case styleWord:
		return a.word(2 + a.r.IntN(2))
	case styleSlug:
		return a.word(2) + "-" + a.word(1+a.r.IntN(2))
	case styleNumber:
		return fmt.Sprintf("%s-%d", a.word(1), 1+a.r.IntN(30))
	case styleSmall:
		return fmt.Sprint(1 + a.r.IntN(12))
	case styleInt:
		return fmt.Sprint(1000 + a.r.IntN(900000))
	case styleUUID:
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a.r.Uint32(), a.r.IntN(1<<16), a.r.IntN(1<<12),
			a.r.IntN(1<<12), a.r.Int64N(1<<48))
	case styleToken:
		const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		b := []byte("obj_")
		for range 14 {
			b = append(b, base62[a.r.IntN(62)])
		}
		return string(b)
	default:
		w := a.word(2)
		return strings.ToUpper(w[:1]) + w[1:] + "_" + strings.ToUpper(a.word(1))
	}
}

// kind is a kind of resource.
type kind struct {
	noun  string
	style int
	props []string // properties of its own
	kids  []*kind
	verbs []string
	ids   map[string][]string // by path of the collection
}

var propertyStems = strings.Fields(`size count capacity color sku tier weight owner_ref notes enabled retention
	window timeout limit ratio encrypted source target priority_rank amount currency started finished checksum`)

// kind returns a random kind of resource with kinds below it.
func (a *api) kind(depth, fan int, style func() int) *kind {
	k := &kind{noun: a.noun(), style: style(), ids: map[string][]string{}}
	for range 2 + a.r.IntN(4) {
		k.props = append(k.props, pick(a, propertyStems...))
	}
	slices.Sort(k.props)
	k.props = slices.Compact(k.props)
	if a.chance(.3) {
		k.verbs = append(k.verbs, pick(a, "start", "stop", "restart", "rotate", "cancel", "listKeys", "approve", "verify"))
	}
	if depth > 1 {
		for range 1 + a.r.IntN(fan) {
			k.kids = append(k.kids, a.kind(depth-1, fan, style))
		}
	}
	return k
}

// at returns the identifiers of the resources of a kind in a collection.
func (k *kind) at(a *api, collection string) []string {
	if k.ids[collection] == nil {
		for range 2 + a.r.IntN(3) {
			k.ids[collection] = append(k.ids[collection], a.id(k.style))
		}
	}
	return k.ids[collection]
}

// body returns an object with the given members and the properties of the kind.
func (k *kind) body(a *api, members ...any) object {
	o := object(members)
	for _, p := range k.props {
		o = append(o, p, fmt.Sprint(pick(a, "low", "high", "none", "12", "7", "a note", a.word(3))))
	}
	return o
}

// style is how an API exposes its resources.
type restStyle struct {
	self    func(k *kind, path, id string) []any // members that every resource has
	list    string                               // property that holds the items of a list; "" for a bare list
	verb    string                               // separator before a custom verb
	visits  int                                  // visits of each collection
	creates string                               // method that creates or replaces
}

// visit adds requests to a collection at path and to what is below it.
func (a *api) visit(k *kind, template, path string, s *restStyle) {
	template, path = template+"/"+k.noun, path+"/"+k.noun
	item := template + "/{" + strings.TrimSuffix(k.noun, "s") + "Id}"
	ids := k.at(a, path)
	if a.chance(.7) {
		a.list(k, template, path, s)
	}
	for range s.visits {
		id := pick(a, ids...)
		self := func() object { return k.body(a, s.self(k, path+"/"+id, id)...) }
		switch a.r.IntN(6) {
		case 0, 1, 2:
			a.call("GET", item, path+"/"+id, 200, self())
		case 3:
			a.call(s.creates, item, path+"/"+id, 200, self())
		case 4:
			a.call("DELETE", item, path+"/"+id, 204, nil)
		case 5:
			for _, v := range k.verbs {
				a.call("POST", item+s.verb+v, path+"/"+id+s.verb+v, 200, object{"state", "done"})
			}
		}
		for _, kid := range k.kids {
			if a.chance(.6) {
				a.visit(kid, item, path+"/"+id, s)
			}
		}
	}
}

// list adds a request for all items of a collection.
func (a *api) list(k *kind, template, path string, s *restStyle) {
	var items []object
	for _, id := range k.at(a, path) {
		items = append(items, k.body(a, s.self(k, path+"/"+id, id)...))
	}
	if s.list == "" {
		a.call("GET", template, path, 200, items)
		return
	}
	a.call("GET", template, path, 200, object{s.list, items})
}
