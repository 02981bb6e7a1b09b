package merge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// Written is the set of objects of a document that an export wrote: one hash of each object's place
// and constraints. An object that a person has written, or edited since, is not in it.
// Descriptions, examples and extensions do not count.
type Written map[uint64]bool

// WrittenBy returns the set of a document that an export wrote completely.
func WrittenBy(document []byte) (Written, error) {
	t, err := openapi.ParseTree(document)
	if err != nil {
		return nil, err
	}
	out := Written{}
	for place, n := range placesOf(t.Root) {
		out[hashOf(place, n)] = true
	}
	return out, nil
}

// MarshalBinary implements encoding.BinaryMarshaler. Equal sets give equal bytes.
func (w Written) MarshalBinary() ([]byte, error) {
	var out []byte
	for _, h := range slices.Sorted(maps.Keys(w)) {
		out = binary.BigEndian.AppendUint64(out, h)
	}
	return out, nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (w *Written) UnmarshalBinary(data []byte) error {
	if len(data)%8 != 0 {
		return errors.New("read what exports wrote: the record is damaged")
	}
	*w = make(Written, len(data)/8)
	for ; len(data) > 0; data = data[8:] {
		(*w)[binary.BigEndian.Uint64(data)] = true
	}
	return nil
}

// after returns the objects that were written when a merge has changed a document: those that it
// had not before, and those of w.
func (w Written) after(before, merged []byte) (Written, error) {
	if w == nil {
		return nil, nil
	}
	was, err := yamledit.Parse(context.Background(), before)
	if err != nil {
		return nil, err
	}
	is, err := yamledit.Parse(context.Background(), merged)
	if err != nil {
		return nil, err
	}
	out, old := Written{}, placesOf(was.Root)
	for place, n := range placesOf(is.Root) {
		if o := old[place]; o == nil || w[hashOf(place, o)] {
			out[hashOf(place, n)] = true
		}
	}
	return out, nil
}

// nodes returns the objects of a document that were written, nil for no set.
func (w Written) nodes(root *yaml.Node) map[*yaml.Node]bool {
	if w == nil {
		return nil
	}
	out := map[*yaml.Node]bool{}
	for place, n := range placesOf(root) {
		if w[hashOf(place, n)] {
			out[n] = true
		}
	}
	return out
}

// placesOf returns the objects of a document by their JSON pointers.
func placesOf(root *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	var visit func(place string, n *yaml.Node)
	visit = func(place string, n *yaml.Node) {
		for i, c := range yamledit.Items(n) {
			visit(place+"/"+strconv.Itoa(i), c)
		}
		if n.Kind == yaml.MappingNode {
			out[place] = n
		}
		for k, v := range yamledit.Pairs(n) {
			visit(place+jsonvalue.Pointer(k.Value), v)
		}
	}
	visit("", root)
	return out
}

// isText lists the keys whose values constrain nothing.
var isText = []string{"description", "summary", "title", "example", "examples", "default", "deprecated", "externalDocs"}

// hashOf returns the hash of an object's place and of the values that are not objects themselves.
func hashOf(place string, n *yaml.Node) uint64 {
	var pairs []string
	for k, v := range yamledit.Pairs(n) {
		if slices.Contains(isText, k.Value) || strings.HasPrefix(k.Value, "x-") {
			continue
		}
		value := strconv.Quote(k.Value)
		for _, c := range append([]*yaml.Node{v}, yamledit.Items(v)...) {
			if c.Kind == yaml.ScalarNode {
				value += " " + strconv.Quote(c.Value)
			}
		}
		pairs = append(pairs, value)
	}
	slices.Sort(pairs)
	sum := sha256.Sum256([]byte(place + "\n" + strings.Join(pairs, "\n")))
	return binary.BigEndian.Uint64(sum[:])
}
