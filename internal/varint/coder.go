package varint

// Coder appends or decodes values at pointers, so that one function describes an encoding in both
// directions. A Coder that writes only reads what the pointers lead to. Errors are those of
// [Reader]; a Coder that writes has none.
type Coder struct {
	reads bool
	in    Reader
	out   []byte
}

// NewWriter returns a Coder that appends to b.
func NewWriter(b []byte) *Coder { return &Coder{out: b} }

// NewDecoder returns a Coder that decodes b, of which it keeps nothing but what [Coder.Bytes]
// returns.
func NewDecoder(b []byte) *Coder { return &Coder{reads: true, in: Reader{b: b}} }

// Reads reports whether c decodes.
func (c *Coder) Reads() bool { return c.reads }

// Out returns what was appended.
func (c *Coder) Out() []byte { return c.out }

// Append replaces the output by what f makes of it.
func (c *Coder) Append(f func([]byte) ([]byte, error)) (err error) {
	c.out, err = f(c.out)
	return err
}

// Rest, Fail, Err and End are those of the [Reader].
func (c *Coder) Rest() int  { return c.in.Rest() }
func (c *Coder) Fail()      { c.in.Fail() }
func (c *Coder) Err() error { return c.in.Err() }
func (c *Coder) End() error { return c.in.End() }

// Uint32 encodes numbers as by [Uint].
func Uint32[N ~uint32](c *Coder, ns ...*N) {
	for _, n := range ns {
		if c.reads {
			*n = N(c.in.Uint32())
		} else {
			c.out = Uint(c.out, uint64(*n))
		}
	}
}

// Uint encodes a number as by [Uint].
func (c *Coder) Uint(n *uint64) {
	if c.reads {
		*n = c.in.Uint()
	} else {
		c.out = Uint(c.out, *n)
	}
}

// Int encodes numbers as by [Int].
func (c *Coder) Int(ns ...*int64) {
	for _, n := range ns {
		if c.reads {
			*n = c.in.Int()
		} else {
			c.out = Int(c.out, *n)
		}
	}
}

// Word encodes numbers as by [Word].
func (c *Coder) Word(ns ...*uint64) {
	for _, n := range ns {
		if c.reads {
			*n = c.in.Word()
		} else {
			c.out = Word(c.out, *n)
		}
	}
}

// String encodes a string as by [String].
func (c *Coder) String(s *string) {
	if c.reads {
		*s = c.in.String()
	} else {
		c.out = String(c.out, *s)
	}
}

// Bytes writes b as by [String] and returns it, or returns what was written.
func (c *Coder) Bytes(b []byte) []byte {
	if c.reads {
		return c.in.Bytes()
	}
	c.out = String(c.out, b)
	return b
}

// Raw encodes b without a length.
func (c *Coder) Raw(b []byte) {
	if c.reads {
		c.in.Raw(b)
	} else {
		c.out = append(c.out, b...)
	}
}

// Flags encodes up to eight flags as by [Flags].
func (c *Coder) Flags(flags ...*bool) {
	var all byte
	if c.reads {
		all = c.in.Flags(len(flags))
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

// List encodes the number n of elements that follow, and returns it. Limit and size are those of
// [Reader.List].
func (c *Coder) List(n, limit, size int) int {
	if c.reads {
		return c.in.List(limit, size)
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
