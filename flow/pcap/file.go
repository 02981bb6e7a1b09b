package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// record is a packet as a file has it.
type record struct {
	at     time.Time
	link   layers.LinkType
	data   []byte
	isPart bool // of the packet as it was sent
}

// newRecord returns a packet that the library read. A file that ends behind the head of a packet
// ends in its middle.
func newRecord(link layers.LinkType, data []byte, info gopacket.CaptureInfo, err error) (record, error) {
	if errors.Is(err, io.EOF) && info.CaptureLength > 0 {
		err = io.ErrUnexpectedEOF
	}
	return record{info.Timestamp, link, data, info.CaptureLength < info.Length}, err
}

// newPcap reads the head of a pcap file, and returns what reads the next packet.
func newPcap(r *bufio.Reader) (func() (record, error), error) {
	var order binary.ByteOrder = binary.LittleEndian
	if magic, _ := r.Peek(4); magic[0] == 0xa1 {
		order = binary.BigEndian
	}
	p, err := pcapgo.NewReader(r)
	if err != nil {
		return nil, err
	}
	p.SetSnaplen(min(p.Snaplen(), maxPacket))
	return func() (record, error) {
		if head, err := r.Peek(16); err == nil {
			atLeast(order, head[12:], order.Uint32(head[8:]))
		}
		data, info, err := p.ReadPacketData()
		return newRecord(p.LinkType(), data, info, err)
	}, nil
}

// atLeast raises the length of a packet as it was sent to the captured one: some programs write 0.
func atLeast(order binary.ByteOrder, sent []byte, captured uint32) {
	order.PutUint32(sent, max(order.Uint32(sent), captured))
}

// newSections reads the head of a pcapng file, and returns what reads the next packet.
func newSections(r *bufio.Reader) (func() (record, error), error) {
	p, err := pcapgo.NewNgReader(&blocks{r: r, order: binary.LittleEndian}, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		return nil, err
	}
	return func() (record, error) {
		data, info, err := p.ReadPacketData()
		link := layers.LinkType(0)
		if err == nil {
			link = info.AncillaryData[0].(layers.LinkType)
		}
		return newRecord(link, data, info, err)
	}, nil
}

// Types of blocks (draft-ietf-opsawg-pcapng, section 4).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

// maxDescribed is the number of bytes of a file that may describe sections and interfaces, which
// the library keeps.
const maxDescribed = 1 << 20

// blocks reads the blocks of a pcapng file that hold packets, or say how to read them. It skips
// others, such as names of hosts, which the library keeps as long as it reads, options of packets,
// and what packets have above maxPacket.
type blocks struct {
	r         *bufio.Reader
	order     binary.ByteOrder
	left      int64 // bytes of the block that is being read
	rest      int64 // bytes to skip after these
	described int64
}

func (b *blocks) Read(p []byte) (int, error) {
	for b.left == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// next begins a block, or skips it.
func (b *blocks) next() error {
	_, _ = io.CopyN(io.Discard, b.r, b.rest)
	b.rest = 0
	head, err := b.r.Peek(28)
	if len(head) < 12 {
		if b.left = int64(len(head)); b.left > 0 {
			return nil // the library says where the file ends
		}
		return err
	}
	typ := b.order.Uint32(head)
	if typ == blockSection { // the same in both orders
		b.order = binary.BigEndian
		if head[8] == 0x4d {
			b.order = binary.LittleEndian
		}
	}
	size, length := b.order.Uint32(head[4:]), uint32(0)
	switch {
	case typ == blockSimple:
		length = b.order.Uint32(head[8:]) // as it was sent
	case len(head) == 28:
		length = b.order.Uint32(head[20:])
	}
	switch {
	case size < 12 || size%4 != 0:
		return fmt.Errorf("a block of %d bytes", size)
	case typ == blockSection, typ == blockInterface:
		if typ == blockSection && len(head) == 28 && b.order.Uint16(head[14:]) == 2 {
			clear(head[14:16]) // version 1.2 is 1.0
		}
		if b.described += int64(size); b.described > maxDescribed {
			return fmt.Errorf("more than %d bytes that describe interfaces", maxDescribed)
		}
	case typ != blockPacket && typ != blockSimple && typ != blockEnhanced, typ == blockSimple && max(size, length) > maxPacket:
		_, err := io.CopyN(io.Discard, b.r, int64(size))
		return err
	case typ != blockSimple && int64(length) > int64(size)-32:
		return fmt.Errorf("a packet of %d bytes in a block of %d", length, size)
	case typ != blockSimple && len(head) == 28:
		atLeast(b.order, head[24:], length)
		length = min(length, maxPacket)
		b.rest = int64(size)
		size = 32 + (length+3)&^3
		b.rest -= int64(size)
		b.order.PutUint32(head[20:], length)
		b.order.PutUint32(head[4:], size)
	}
	b.left = int64(size)
	return nil
}
