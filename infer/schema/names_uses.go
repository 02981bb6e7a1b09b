package schema

import (
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// Uses counts in how many exchanges of an API a name occurs and whether its values differ, for
// [Uses.Data]. The zero value is ready.
//
// Names may be people's data, as in {"scores": {"zelda": 1}}. They are judged before the schemas
// are decided, because a name that is dropped from a finished document is missing in its schemas.
type Uses struct {
	names  map[string]*use
	values []*valueFacts // of bodies and parameters
	paths  []map[uint64]struct{}
}

// use is what traffic shows of a name.
type use struct {
	exchanges uint64
	value     uint64 // hash of the value of all exchanges so far, or 0
	differ    bool   // values differ
	isChosen  bool   // a program chose it, although it is a value
	isData    bool   // it is data by its form
	isNamed   bool   // it is also where programs choose names
	kinds     uint8  // of the values beside it in objects with keys that may be data
	isEnglish func() bool
}

// Add counts n exchanges that have a name, such as a segment of a path, with different values.
func (u *Uses) Add(name string, n int64) {
	u.use(name).isNamed = true
	u.use(name).add(uint64(n), 0, true)
}

// AddChosen counts n exchanges whose request declares a name to be that of an operation.
func (u *Uses) AddChosen(name string, n int64) {
	u.Add(name, n)
	u.use(name).isChosen = true
}

// AddBody counts the names of properties in bodies. f may be nil.
func (u *Uses) AddBody(f *Facts) {
	if f != nil {
		u.values = append(u.values, &f.root)
		u.addNames(&f.root)
	}
}

// AddParameter counts n exchanges that have a parameter with these values.
func (u *Uses) AddParameter(name string, p *ParameterFacts, n int64) {
	x := u.use(name)
	x.isData, x.isNamed = x.isData || isDataKey([]byte(name)), true
	x.addValues(&p.values.values, uint64(n))
	u.values = append(u.values, &p.values.values)
}

// AddFlags adds the names that the queries of an operation have without values. If one is no
// English word, they are the words that people search for: ?jane+roe&berlin.
func (u *Uses) AddFlags(names []string) {
	if slices.ContainsFunc(names, func(s string) bool { return strings.ContainsAny(s, " .") || !noun.IsEnglish(s) }) {
		for _, name := range names {
			u.use(name).isData = true
		}
	}
}

// AddPath adds the hashes of the values of a parameter in paths.
func (u *Uses) AddPath(hashes map[uint64]struct{}) { u.paths = append(u.paths, hashes) }

func (u *Uses) use(name string) *use {
	x := u.names[name]
	if x == nil {
		if u.names == nil {
			u.names = map[string]*use{}
		}
		x = &use{isEnglish: sync.OnceValue(func() bool { return noun.IsEnglish(name) })}
		u.names[name] = x
	}
	return x
}

func (x *use) add(exchanges, value uint64, differ bool) {
	x.exchanges += exchanges
	x.differ = x.differ || differ || value != 0 && x.value != 0 && x.value != value
	x.value = max(x.value, value)
}

// addValues counts exchanges with the values of n. Objects, lists and booleans count as different.
func (x *use) addValues(n *valueFacts, exchanges uint64) {
	n.settle()
	differ := n.isFile || n.kinds[kindObject]+n.kinds[kindArray]+n.kinds[kindBoolean]+n.kinds[kindNumber] > 0 ||
		n.numbers.hasBig || n.numbers.hasRange && n.numbers.min < n.numbers.max
	value := uint64(0)
	if n.numbers.hasRange {
		value = bottomk.Int(uint64(n.numbers.min))
	}
	if n.strings != nil && len(n.strings.values.entries) > 0 {
		differ = differ || value != 0 || len(n.strings.values.entries) > 1
		value = n.strings.values.entries[0].hash
	}
	x.add(exchanges, value, differ)
}

// addNames counts the names in n and below.
func (u *Uses) addNames(n *valueFacts) {
	if n.array != nil && n.array.items != nil {
		u.addNames(n.array.items)
	}
	for _, r := range n.objects() {
		kinds := u.kindsOfKeys(r)
		for _, s := range r.properties {
			x := u.use(s.name.text)
			x.kinds, x.isNamed = x.kinds|kinds, x.isNamed || kinds == 0
			x.addValues(&s.facts.values, uint64(s.facts.values.exchanges))
			u.addNames(&s.facts.values)
		}
		if r.pool != nil {
			u.addNames(&r.pool.values)
		}
	}
}

// kindsOfKeys returns the kind of the values of an object, as a set, if its names may be keys of a
// map: all values have one kind, and half of the names are not English.
func (u *Uses) kindsOfKeys(r *objectFacts) (kinds uint8) {
	unknown := 0
	for _, s := range r.properties {
		kinds |= typesOf(&s.facts.values)
		if s.facts.values.kinds[kindArray] > 0 {
			kinds |= typeArray
		}
		if kinds&(kinds-1) != 0 {
			return 0
		}
		if !u.use(s.name.text).isEnglish() {
			unknown++
		}
	}
	if 2*unknown < len(r.properties) {
		return 0
	}
	return kinds
}

// Data returns the names that may be data of a person, such as a password sent as the name of a
// form field: those that were not in several exchanges with different values, and either look like
// no identifier, or were in one exchange and are a value elsewhere: the name of an account, or a
// word that is neither English nor dotted (apps.k8s.io) under a name whose values are free. A value
// that is an enum, or the name of a field as in ?sort=title, does not count as data.
// Parameters whose names are written like values are data, and so are the words of [Uses.AddFlags].
//
// Names that are only in objects that may be maps count, too, however often they occur, if they are
// values elsewhere or hold other things elsewhere: a query sends {"jroe": []} and its answer has
// {"jroe": {"status": 1}}.
func (u *Uses) Data() map[string]bool {
	data := map[string]bool{}
	once := map[uint64][]string{} // names that are data if they are values, by the hash of their spellings
	for name, x := range u.names {
		isKey := x.kinds != 0 && !x.isNamed
		switch {
		case x.isData || isKey && x.kinds&(x.kinds-1) != 0:
			data[name] = true
		case x.exchanges > 1 && x.differ && !isKey:
		case !noun.IsIdentifier(name):
			data[name] = true
		case x.exchanges < 2 && !x.isChosen || isKey:
			lower := strings.ToLower(name)
			for _, spelling := range []string{name, lower, strings.ToUpper(name), strings.ToUpper(lower[:1]) + lower[1:]} {
				h := bottomk.Hash(spelling)
				once[h] = append(once[h], name)
			}
		}
	}
	if len(once) == 0 {
		return data
	}
	for _, n := range u.values {
		n.findNames("", once, data)
	}
	for _, values := range u.paths {
		for h := range values {
			for _, name := range once[h] {
				if x := u.use(name); !x.isNamed && !x.isEnglish() {
					data[name] = true
				}
			}
		}
	}
	return data
}

// accountWords end the names of properties that hold the names of accounts.
var accountWords = wordSet(`user users username login email author owner member assignee creator handle account nick nickname`)

// findNames adds the names that are values at n or below. field is the name of the property that
// holds n.
func (n *valueFacts) findNames(field string, names map[uint64][]string, data map[string]bool) {
	if isAccount := accountWords[lowerWords(field)[strings.LastIndexByte(lowerWords(field), '_')+1:]]; n.strings != nil && (isAccount || !n.keepsText) {
		for _, e := range n.strings.values.entries {
			for _, name := range names[e.hash] {
				if isAccount || !noun.IsEnglish(name) && !strings.Contains(name, ".") {
					data[name] = true
				}
			}
		}
	}
	if n.array != nil && n.array.items != nil {
		n.array.items.findNames(field, names, data)
	}
	for _, r := range n.objects() {
		for _, s := range r.properties {
			s.facts.values.findNames(s.name.text, names, data)
		}
	}
}
