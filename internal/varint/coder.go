package varint

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Coder appends or decodes values at pointers, so that one function describes an encoding in both
// directions. A Coder that writes only reads what the pointers lead to. Errors are those of its
// [Reader]; one that writes has none unless its caller calls Fail.
type Coder struct {
	*Reader
	reads bool
	out   []byte
}

// NewWriter returns a Coder that appends to b.
func NewWriter(b []byte) *Coder { return &Coder{Reader: &Reader{}, out: b} }

// NewDecoder returns a Coder that decodes what r reads.
func NewDecoder(r *Reader) *Coder { return &Coder{Reader: r, reads: true} }

// Reads reports whether c decodes.
func (c *Coder) Reads() bool { return c.reads }

// Out returns what was appended.
func (c *Coder) Out() []byte { return c.out }

// Naturals encodes numbers from 0 as by [Uint]. It fails if one does not fit its type.
func Naturals[N ~uint32 | ~uint64 | ~int64 | ~int | ~uint](c *Coder, ns ...*N) {
	largest := uint64(^N(0))
	if ^N(0) < 0 {
		largest = math.MaxInt64
	}
	for _, n := range ns {
		if c.reads {
			*n = N(c.upTo(largest))
		} else {
			c.out = Uint(c.out, uint64(*n))
		}
	}
}

// Int encodes numbers as by [Int].
func (c *Coder) Int(ns ...*int64) {
	for _, n := range ns {
		if c.reads {
			*n = c.Reader.Int()
		} else {
			c.out = Int(c.out, *n)
		}
	}
}

// Word encodes numbers as by [Word].
func (c *Coder) Word(ns ...*uint64) {
	for _, n := range ns {
		if c.reads {
			*n = c.Reader.Word()
		} else {
			c.out = Word(c.out, *n)
		}
	}
}

// String encodes a string as by [String].
func (c *Coder) String(s *string) {
	if c.reads {
		*s = c.Reader.String()
	} else {
		c.out = String(c.out, *s)
	}
}

// Blob encodes bytes as by [String]. It decodes a slice of the input, not a copy.
func (c *Coder) Blob(b *[]byte) {
	if c.reads {
		*b = c.Bytes()
	} else {
		c.out = String(c.out, *b)
	}
}

// Raw encodes b without a length.
func (c *Coder) Raw(b []byte) {
	if c.reads {
		c.Reader.Raw(b)
	} else {
		c.out = append(c.out, b...)
	}
}

// Flags encodes up to eight flags as one byte. The first flag is the lowest bit.
func (c *Coder) Flags(flags ...*bool) {
	var all byte
	if c.reads {
		all = c.Reader.Flags(len(flags))
	}
	for i, f := range flags {
		if c.reads {
			*f = all>>i&1 != 0
		} else if *f {
			all |= 1 << i
		}
	}
	if !c.reads {
		c.out = append(c.out, all)
	}
}

// Nested encodes with its length what write appends and read takes. The error is theirs; a Coder
// that decodes fails as well.
func (c *Coder) Nested(write func([]byte) ([]byte, error), read func([]byte) error) (err error) {
	if !c.reads {
		c.out, err = Nested(c.out, write)
		return err
	}
	if b := c.Bytes(); c.Err() == nil {
		if err = read(b); err != nil {
			c.Fail()
		}
	}
	return err
}

// List encodes the number n of elements that follow, and returns it. Limit and size are those of
// [Reader.List].
func (c *Coder) List(n, limit, size int) int {
	if c.reads {
		return c.Reader.List(limit, size)
	}
	c.out = Uint(c.out, uint64(n))
	return n
}

// Elements encodes a list as by [Coder.List], each element with a function. It stops at an error.
func Elements[T any](c *Coder, list *[]T, limit, size int, element func(*T)) {
	for i := range c.List(len(*list), limit, size) {
		if c.reads {
			*list = append(*list, *new(T))
		}
		if element(&(*list)[i]); c.Err() != nil {
			return
		}
	}
}

// Map encodes a map in the order of its keys. Limit and size are those of [Reader.List]. It stops
// at an error, such as a key that is not greater than the one before.
func Map[K cmp.Ordered, V any](c *Coder, m *map[K]V, limit, size int, key func(*K), value func(*V)) {
	keys := slices.Sorted(maps.Keys(*m))
	for i := range c.List(len(keys), limit, size) {
		var k K
		var v V
		if !c.reads {
			k, v = keys[i], (*m)[keys[i]]
		}
		key(&k)
		if value(&v); !c.reads {
			continue
		}
		if keys = append(keys, k); i > 0 && k <= keys[i-1] {
			c.Fail()
		}
		if c.Err() != nil {
			return
		}
		if *m == nil {
			*m = map[K]V{}
		}
		(*m)[k] = v
	}
}

// Ensure returns *p, and sets it to a new value first if it is nil, as before it is decoded.
func Ensure[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// Optional encodes whether *p is not the zero value, such as nil, and then its facts. It decodes
// into what New returns if *p is the zero value.
func Optional[V interface {
	comparable
	New() V
	Code(*Coder)
}](c *Coder, p *V) {
	var zero V
	has := *p != zero
	if c.Flags(&has); !has {
		return
	}
	if *p == zero {
		*p = zero.New()
	}
	(*p).Code(c)
}
