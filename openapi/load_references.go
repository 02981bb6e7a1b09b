package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// The work that kin-openapi does for references, in values that it visits. A document of 10 MB
// takes less than a million.
const (
	maxReferenceWork = 4_000_000 // more for large documents: one for each byte
	hopWork          = 10        // of a reference, without its target
	decodeWork       = 50        // of a value outside the parts that kin-openapi knows
	bytesOfWork      = 32        // bytes of such a value that are decoded in the time of one visit
)

// maxPointers bounds the length of the JSON Pointers of all values together, which readers of a
// document make: the bytes for each byte of the document, and for a small one. A document has 10.
const (
	maxPointers      = 100
	maxFirstPointers = 100 << 20
)

// ErrTooMuch reports that a document is too much work to read for its size.
var ErrTooMuch = errors.New("too much work")

var (
	errReferences   = fmt.Errorf("%w: chains of references are too long, or too many references lead to large parts", ErrTooMuch)
	errCombinations = fmt.Errorf("%w: too many schemas are combined by allOf", ErrTooMuch)

	errNames = fmt.Errorf("%w: paths or other names are too long for the values below them", ErrTooMuch)
)

// references estimates the work of resolving the references of a document. Kin-openapi visits the
// values of a target once for each reference to it, and follows a chain of references from each of
// its members. A target outside the parts that it knows, such as one in an extension, is decoded
// again for each reference, with all that it refers to: that can be exponential.
type references struct {
	values int // that were read; a value is named by its number in the order of the document
	all    []reference
	root   place
	second bool // the places of targets are being found
	left   int
	// pointers is the length of the pointers of all values, without that of the top-level name.
	pointers int
}

// reference is a $ref in the object with the number at.
type reference struct {
	at int
	to *place
}

// place is where a reference leads to, or an object on the way there.
type place struct {
	below       map[string]*place
	first, last int  // the numbers of its values; 0 if the document has no such place
	size        int  // in bytes
	unknown     bool // kin-openapi decodes it for each reference
	entered     bool // a chain of references has led through it
}

// checkWork returns an error if resolving the references of a document would take too much work, or
// if its names are too long. kind describes the parts of the document.
func checkWork(top members, kind *ObjectLayout) error {
	r := references{left: maxReferenceWork}
	names := slices.Sorted(maps.Keys(top))
	size := 0
	for _, name := range names {
		size += len(top[name])
		r.read(top[name], 0, nil, nil)
	}
	if r.pointers > maxFirstPointers+maxPointers*size {
		return errNames
	}
	r.left += size
	slices.SortFunc(r.all, func(a, b reference) int { return a.at - b.at })
	r.values, r.second = 0, true
	for _, name := range names {
		r.read(top[name], 0, r.root.below[name], kind.Child(name))
	}
	for _, x := range r.all {
		if r.follow(x); r.left < 0 {
			return errReferences
		}
	}
	return nil
}

// Measure returns the number of values in a JSON text, and the length of the names in the JSON
// Pointers to all of them. The text must be valid.
func Measure(text []byte) (values, names int) {
	r := references{second: true} // references do not count
	r.read(text, 0, nil, nil)
	return r.values, r.pointers
}

// partsOfKin describes the parts of a document that kin-openapi knows: all but the path items of
// components.
func partsOfKin() *ObjectLayout {
	kind := *DocumentLayout()
	components := *kind.Children["components"]
	kind.Children, components.Children = maps.Clone(kind.Children), maps.Clone(components.Children)
	kind.Children["components"] = &components
	delete(components.Children, "pathItems")
	return &kind
}

// read reads the value at i and returns its end. p is its place if references lead there or below.
func (r *references) read(data []byte, i int, p *place, kind *ObjectLayout) (end int) {
	i = jsonvalue.Space(data, i)
	r.values++
	at := r.values
	if p != nil {
		start := i
		p.first, p.unknown = at, kind.IsUnknown()
		defer func() { p.last, p.size = r.values, end-start }()
	}
	if data[i] != '{' && data[i] != '[' {
		return jsonvalue.ValueEnd(data, i)
	}
	isObject := data[i] == '{'
	below := func(name string) (*place, *ObjectLayout) {
		if p == nil || p.below[name] == nil {
			return nil, nil
		}
		if !isObject { // which is described like its items
			return p.below[name], kind
		}
		return p.below[name], kind.Child(name)
	}
	i = jsonvalue.Space(data, i+1)
	for item := 0; data[i] != '}' && data[i] != ']'; item++ {
		name := strconv.Itoa(item)
		if isObject {
			end, _ := jsonvalue.StringEnd(data, i)
			name = stringOf(data[i:end])
			i = jsonvalue.Space(data, jsonvalue.Space(data, end)+1) // past the colon
			// As encoding/json reads it for kin-openapi, which follows it.
			if strings.EqualFold(name, "$ref") && data[i] == '"' && !r.second {
				end, _ := jsonvalue.StringEnd(data, i)
				r.add(at, stringOf(data[i:end]))
			}
		}
		before := r.values
		inner, kind := below(name)
		if i = jsonvalue.Space(data, r.read(data, i, inner, kind)); data[i] == ',' {
			i = jsonvalue.Space(data, i+1)
		}
		r.pointers += len(name) * (r.values - before)
	}
	return i + 1
}

func stringOf(quoted []byte) string {
	var s string
	_ = json.Unmarshal(quoted, &s) // the document is valid JSON
	return s
}

// add notes a reference to a place in the document.
func (r *references) add(at int, ref string) {
	pointer, isLocal := strings.CutPrefix(ref, "#/")
	if s, err := url.PathUnescape(pointer); err == nil {
		pointer = s
	}
	if !isLocal {
		return
	}
	p := &r.root
	for token := range jsontext.Pointer("/" + pointer).Tokens() {
		if p.below == nil {
			p.below = map[string]*place{}
		}
		if p.below[token] == nil {
			p.below[token] = new(place)
		}
		p = p.below[token]
	}
	r.all = append(r.all, reference{at, p})
}

// follow subtracts the work of a reference from the rest of the budget.
func (r *references) follow(x reference) {
	p := x.to
	r.left -= hopWork
	if p.first == 0 || p.entered || r.left < 0 {
		return
	}
	p.entered = true
	defer func() { p.entered = false }()
	work := p.last - p.first + 1
	if p.unknown {
		work = work*decodeWork + p.size/bytesOfWork
	}
	r.left -= work
	i, _ := slices.BinarySearchFunc(r.all, p.first, func(x reference, at int) int { return x.at - at })
	for ; i < len(r.all) && r.all[i].at <= p.last && r.left >= 0; i++ {
		if p.unknown || r.all[i].at == p.first { // kin-openapi resolves the others once
			r.follow(r.all[i])
		}
		if !p.unknown {
			return
		}
	}
}
