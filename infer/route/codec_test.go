package route

import (
	"errors"
	"fmt"
	"testing"
)

// TestDamagedTree checks that an encoded tree that ends early, goes on, or holds what no tree has is
// an error.
func TestDamagedTree(t *testing.T) {
	const requests = `GET /users/7 200 {"id":7,"name":"ann"}
GET /users/8 404
POST /users 201 {"id":9,"name":"bob"} <- {"name":"bob"}
GET /users/ann/pets 200 [{"owner":"ann","url":"/pets/rex"}]`
	tree := func() *Tree {
		x := newTestTree()
		for _, e := range parseRequests(t, requests) {
			add(x, e)
		}
		return x
	}
	data := encode(t, tree())
	if err := newTestTree().UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(data); i++ {
		if err := newTestTree().UnmarshalBinary(data[:i]); err == nil {
			t.Errorf("%d of %d bytes were accepted", i, len(data))
		}
	}
	if err := newTestTree().UnmarshalBinary(append(data[:len(data):len(data)], 0)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a byte more: %v", err)
	}
	for name, version := range map[string][]byte{"none": nil, "0": {0}, "older": {oldestVersion - 1}, "newer": {codecVersion + 1}} {
		if err := newTestTree().UnmarshalBinary(append(version, data[min(len(version), 1):]...)[:len(version)]); !errors.Is(err, ErrVersion) {
			t.Errorf("version %s: %v", name, err)
		}
	}
	errPayload := errors.New("unknown payload")
	x := New(newCount, func([]byte) (Payload, error) { return nil, errPayload })
	if err := x.UnmarshalBinary(data); !errors.Is(err, errPayload) {
		t.Errorf("payload: %v", err)
	}
	ascending := func(n int) (s bottomK) {
		for i := range n {
			s.hashes, s.flags = append(s.hashes, uint64(i)), append(s.flags, 0)
		}
		return s
	}
	fields := func(n int) (out []fieldCount) {
		for i := range n {
			out = append(out, fieldCount{name: fmt.Sprintf("f%03d", i), count: 1})
		}
		return out
	}
	nested := func(n int) *node {
		k := &node{}
		for range n {
			k = &node{children: map[string]*node{"a": k}}
		}
		return k
	}
	for _, tt := range []struct {
		name   string
		change func(x *Tree, users *node)
		valid  bool
	}{
		{"nothing", func(*Tree, *node) {}, true},
		{"registers of another size", func(x *Tree, _ *node) { x.labelCounts[0].registers = []uint8{1, 2, 3} }, false},
		{"as many listed values as there may be", func(_ *Tree, n *node) { n.listed = ascending(maxListed) }, true},
		{"one more", func(_ *Tree, n *node) { n.listed = ascending(maxListed + 1) }, false},
		{"as many segments", func(_ *Tree, n *node) { n.segmentSample = ascending(maxSegmentSample) }, true},
		{"one more segment", func(_ *Tree, n *node) { n.segmentSample = ascending(maxSegmentSample + 1) }, false},
		{"as many properties", func(_ *Tree, n *node) { n.topProperties = ascending(maxTopProperties) }, true},
		{"one more property", func(_ *Tree, n *node) { n.topProperties = ascending(maxTopProperties + 1) }, false},
		{"equal hashes", func(_ *Tree, n *node) { n.listed = bottomK{[]uint64{1, 1}, []uint32{0, 0}} }, false},
		{"descending hashes", func(_ *Tree, n *node) { n.listed = bottomK{[]uint64{2, 1}, []uint32{0, 0}} }, false},
		{"as many fields", func(_ *Tree, n *node) { n.echoFields = fields(maxEchoFields) }, true},
		{"one more field", func(_ *Tree, n *node) { n.echoFields = fields(maxEchoFields + 1) }, false},
		{"a field twice", func(_ *Tree, n *node) { n.echoFields = append(fields(1), fields(1)...) }, false},
		{"a method twice", func(_ *Tree, n *node) { n.methods = append(n.methods, n.methods[0]) }, false},
		{"a status twice", func(_ *Tree, n *node) {
			m := n.methods[0]
			m.statuses = append(m.statuses, m.statuses[0])
		}, false},
		{"a label that no segment has", func(_ *Tree, n *node) { n.children["%41"] = &node{} }, false},
		{"a shared label without a shape", func(_ *Tree, n *node) { n.children[string(sharedMark)] = &node{} }, false},
		{"an empty label", func(_ *Tree, n *node) { n.children[""] = &node{} }, true},
		{"as deep as paths are", func(x *Tree, _ *node) { x.root = *nested(maxSegments) }, true},
		{"deeper", func(x *Tree, _ *node) { x.root = *nested(maxSegments + 1) }, false},
		{"as many parts of hashes as there are", func(x *Tree, _ *node) { x.index.fields.zeroBits = 63; clear(x.index.fields.entries) }, true},
		{"more", func(x *Tree, _ *node) { x.index.fields.zeroBits = 64; clear(x.index.fields.entries) }, false},
		{"values that the sample does not cover", func(x *Tree, _ *node) { x.index.fields.zeroBits = 63 }, false},
		{"more fields of a value", func(x *Tree, _ *node) {
			x.index.wordValues.entries[0] = &valueFacts{fieldRanks: make([]uint64, maxFieldsPerValue+1)}
		}, false},
		{"more producers of a value", func(x *Tree, _ *node) {
			x.index.wordValues.entries[0] = &valueFacts{producers: make([]producerRef, maxProducersPerValue+1)}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := tree()
			x.settle()
			tt.change(x, x.root.children["users"])
			err := newTestTree().UnmarshalBinary(encode(t, x))
			if (err == nil) != tt.valid || err != nil && !errors.Is(err, ErrCorrupt) {
				t.Error(err)
			}
		})
	}
}
