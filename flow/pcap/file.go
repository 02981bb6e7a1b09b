package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"
)

// record is a packet as a file has it.
type record struct {
	at     time.Time
	link   linkType
	data   []byte // nil if there is more than maxPacket
	isPart bool   // of the packet as it was sent
}

// newRecord returns a record of which size bytes were captured.
func newRecord(r io.Reader, link linkType, at time.Time, size, sent uint32) (record, error) {
	x := record{at: at, link: link, isPart: size < sent}
	if size > maxPacket {
		return x, discard(r, int64(size))
	}
	x.data = make([]byte, size)
	_, err := io.ReadFull(r, x.data)
	return x, within(err)
}

// within returns the error for a file that ends in the middle of a packet.
func within(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func discard(r io.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return within(err)
}

// maxSnap is how much of a packet all tools write by default (libpcap, MAXIMUM_SNAPLEN).
const maxSnap = 256 << 10

// newPcap reads the head of a pcap file (draft-ietf-opsawg-pcap), and returns what reads the
// next packet.
func newPcap(r io.Reader) (func() (record, error), error) {
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, within(err)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 0xa1 {
		order = binary.BigEndian
	}
	unit := time.Microsecond
	if order.Uint32(head[:]) == 0xa1b23c4d {
		unit = time.Nanosecond
	}
	largest, link := max(order.Uint32(head[16:]), maxSnap), linkType(order.Uint32(head[20:])&0x0fffffff)
	return func() (record, error) {
		var head [16]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return record{}, err
		}
		size := order.Uint32(head[8:])
		if size > largest {
			return record{}, fmt.Errorf("a packet of %d bytes, in a capture of at most %d", size, largest)
		}
		at := time.Unix(int64(order.Uint32(head[:])), int64(order.Uint32(head[4:]))*int64(unit))
		return newRecord(r, link, at, size, order.Uint32(head[12:]))
	}, nil
}

// Limits of the parts of a pcapng file other than packets.
const (
	maxInterfaces = 4096
	maxBlock      = 1 << 20 // bytes of the description of an interface or section
)

// Types of blocks (draft-ietf-opsawg-pcapng, section 4).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

// section reads a pcapng file. It keeps what describes the interfaces of one section.
type section struct {
	r          io.Reader
	order      binary.ByteOrder
	interfaces []device
}

// device is an interface on which packets were captured.
type device struct {
	link   linkType
	snap   uint32
	unit   uint64 // of times, in fractions of a second
	offset int64  // seconds
}

// newSections reads the head of a pcapng file, and returns what reads the next packet.
func newSections(r io.Reader) (func() (record, error), error) {
	s := &section{r: r, order: binary.LittleEndian}
	typ, size, err := s.head()
	if err == nil {
		err = s.describe(typ, size)
	}
	return s.next, within(err)
}

// head reads the beginning of a block: its type, and the length of its body.
func (s *section) head() (typ, size uint32, err error) {
	var head [8]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, 0, err
	}
	if typ = s.order.Uint32(head[:]); typ == blockSection { // the same in both orders
		magic := make([]byte, 4)
		if _, err := io.ReadFull(s.r, magic); err != nil {
			return 0, 0, within(err)
		}
		s.order = binary.BigEndian
		if bytes.Equal(magic, []byte{0x4d, 0x3c, 0x2b, 0x1a}) {
			s.order = binary.LittleEndian
		}
		s.r = io.MultiReader(bytes.NewReader(magic), s.r)
	}
	size = s.order.Uint32(head[4:])
	if size < 12 || size%4 != 0 {
		return 0, 0, fmt.Errorf("a block of %d bytes", size)
	}
	return typ, size - 12, nil
}

// next returns the next packet.
func (s *section) next() (record, error) {
	for {
		typ, size, err := s.head()
		if err != nil {
			return record{}, err
		}
		switch typ {
		case blockPacket, blockSimple, blockEnhanced:
			return s.packet(typ, size)
		case blockSection, blockInterface:
			err = s.describe(typ, size)
		default:
			err = discard(s.r, int64(size)+4)
		}
		if err != nil {
			return record{}, err
		}
	}
}

// describe reads a block that describes a section or an interface, which ends with its length.
func (s *section) describe(typ, size uint32) error {
	if size > maxBlock || typ == blockSection && size < 16 || typ == blockInterface && size < 8 {
		return fmt.Errorf("a description of %d bytes", size)
	}
	body := make([]byte, size+4)
	if _, err := io.ReadFull(s.r, body); err != nil {
		return within(err)
	}
	if typ == blockSection {
		s.interfaces = nil
		return nil
	}
	if len(s.interfaces) == maxInterfaces {
		return fmt.Errorf("more than %d interfaces in one section", maxInterfaces)
	}
	d := device{link: linkType(s.order.Uint16(body)), snap: s.order.Uint32(body[4:]), unit: 1e6}
	for options := body[8:size]; len(options) >= 4; {
		code, n := s.order.Uint16(options), int(s.order.Uint16(options[2:]))
		if options = options[4:]; n > len(options) {
			break
		}
		switch {
		case code == 9 && n == 1: // if_tsresol
			if d.unit = unitOf(options[0]); d.unit == 0 {
				return fmt.Errorf("times in units of %#x", options[0])
			}
		case code == 14 && n == 8: // if_tsoffset
			d.offset = int64(s.order.Uint64(options))
		}
		options = options[min(len(options), (n+3)&^3):]
	}
	s.interfaces = append(s.interfaces, d)
	return nil
}

// unitOf returns how many units of a resolution are a second, 0 if they do not fit.
func unitOf(resolution byte) uint64 {
	n := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && n < 64:
		return 1 << n
	case resolution&0x80 == 0 && n < 20:
		unit := uint64(1)
		for range n {
			unit *= 10
		}
		return unit
	}
	return 0
}

// time returns the time of a number of units.
func (d *device) time(units uint64) time.Time {
	hi, lo := bits.Mul64(units%d.unit, uint64(time.Second))
	fraction, _ := bits.Div64(hi, lo, d.unit)
	return time.Unix(int64(units/d.unit)+d.offset, int64(fraction))
}

// packet reads a block with a packet.
func (s *section) packet(typ, size uint32) (record, error) {
	var body [20]byte
	n := uint32(len(body))
	if typ == blockSimple {
		n = 4
	}
	if size < n {
		return record{}, fmt.Errorf("a packet in a block of %d bytes", size)
	}
	if _, err := io.ReadFull(s.r, body[:n]); err != nil {
		return record{}, within(err)
	}
	id := uint32(0)
	switch typ {
	case blockEnhanced:
		id = s.order.Uint32(body[:])
	case blockPacket:
		id = uint32(s.order.Uint16(body[:]))
	}
	if int64(id) >= int64(len(s.interfaces)) {
		return record{}, fmt.Errorf("a packet of interface %d, of %d", id, len(s.interfaces))
	}
	d := &s.interfaces[id]
	at, captured, sent := time.Time{}, s.order.Uint32(body[12:]), s.order.Uint32(body[16:])
	if typ == blockSimple { // which has no time
		sent = s.order.Uint32(body[:])
		if captured = sent; d.snap > 0 {
			captured = min(sent, d.snap)
		}
	} else {
		at = d.time(uint64(s.order.Uint32(body[4:]))<<32 | uint64(s.order.Uint32(body[8:])))
	}
	if captured > size-n {
		return record{}, fmt.Errorf("a packet of %d bytes in a block of %d", captured, size)
	}
	x, err := newRecord(s.r, d.link, at, captured, sent)
	if err != nil {
		return record{}, err
	}
	return x, discard(s.r, int64(size-n-captured)+4)
}
