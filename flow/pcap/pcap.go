// Package pcap reads the plain HTTP/1 of packet captures, as tcpdump and Wireshark write them: pcap
// and pcapng, with any link layer that gopacket knows.
//
// TCP connections are put together again, also those whose beginning was not captured. What is
// buffered has limits: bytes of an exchange, of all connections, and of segments out of order. A
// connection that lacks a segment ends there. TLS, HTTP/2 and other protocols are skipped and
// counted.
//
// The package may import flow and flow/exchange. Read pcap.go first, then stream.go and
// blocks.go.
package pcap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"

	"github.com/spectap/spectap/flow"
)

// Limits of what is kept in memory.
const (
	maxExchange = 64 << 20  // bytes of one direction of a connection that are not yet a flow
	maxBuffered = 256 << 20 // the same of all connections
	maxStreams  = 1 << 14   // connections that are open at once, each of which takes several kilobytes
	// Segments out of order are kept in pages of about 2 kB.
	maxPages, maxPagesOfOne = 1 << 16, 1 << 11
	maxPacket               = 1 << 20
)

// Times of the capture after which a missing segment is given up, and an idle connection closed.
const (
	gapTime  = 30 * time.Second
	idleTime = 5 * time.Minute
	// flushEvery is the number of packets between looks for them.
	flushEvery = 4096
)

// ErrNotCapture is the error for a file that is not a packet capture.
var ErrNotCapture = errors.New("not a packet capture")

// magics begin files: pcap with microseconds or nanoseconds in either byte order, and pcapng.
var magics = [][]byte{
	{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d}, {0x0a, 0x0d, 0x0d, 0x0a},
}

// IsCapture reports whether a file that begins with these bytes is a packet capture.
func IsCapture(head []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(head, m) {
			return true
		}
	}
	return false
}

// packets reads packets with their link types.
type packets interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	LinkType() layers.LinkType
}

// Reader reads one capture. It is not safe for concurrent use.
type Reader struct {
	source   string
	in       packets
	err      error
	skipped  int
	seen     Seen
	buffered int // bytes of all streams
	open     int // streams
	numbers  int // of streams, for errors
	ready    []result
	failed   error // of the file, which is the last
}

// result is a flow or an error that is to be yielded.
type result struct {
	flow flow.Flow
	err  error
}

// Read returns a reader of the capture in r. source becomes Flow.Source.
func Read(r io.Reader, source string) *Reader {
	b := bufio.NewReaderSize(r, 64<<10)
	out := &Reader{source: source}
	head, _ := b.Peek(4)
	switch {
	case !IsCapture(head):
		out.err = ErrNotCapture
	case head[0] == 0x0a:
		out.in, out.err = newSections(b)
	default:
		out.in, out.err = pcapgo.NewReader(b)
	}
	if out.err != nil && !errors.Is(out.err, ErrNotCapture) {
		out.err = fmt.Errorf("%w: %w", ErrNotCapture, out.err)
	}
	return out
}

// Skipped returns the number of connections skipped so far because they are not HTTP/1.
func (r *Reader) Skipped() int { return r.skipped }

// Seen says what a capture holds, whether it has HTTP or not.
type Seen struct {
	Packets int // of any kind
	Data    int // packets with data of a TCP connection
	Partial int // packets of which the capture has only the beginning
	// Cut is the number of the packet in whose middle the file ends, 0 if it is whole.
	Cut int
}

// Seen returns what was read so far.
func (r *Reader) Seen() Seen { return r.seen }

// Flows yields the flows in the order in which their exchanges or connections end. It can be used
// once. An exchange that cannot be read yields an [exchange.EntryError] with the number of its
// connection. A capture that ends in the middle of a packet, as one that was interrupted, ends
// there.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if r.err != nil {
			yield(flow.Flow{}, r.err)
			return
		}
		assembler := reassembly.NewAssembler(reassembly.NewStreamPool(factory{r}))
		assembler.MaxBufferedPagesPerConnection, assembler.MaxBufferedPagesTotal = maxPagesOfOne, maxPages
		for last := false; !last; {
			var list []frame
			for list, last = r.window(); len(list) > 0; list = list[1:] {
				r.packet(assembler, list[0])
				if r.seen.Packets%flushEvery == 0 {
					at := list[0].info.Timestamp
					assembler.FlushWithOptions(reassembly.FlushOptions{T: at.Add(-gapTime), TC: at.Add(-idleTime)})
				}
				if r.open > maxStreams {
					r.closeIdle(assembler, list[0].info.Timestamp)
				}
				if !r.yield(yield) {
					return
				}
			}
		}
		assembler.FlushAll() // in no order
		slices.SortStableFunc(r.ready, func(a, b result) int { return a.flow.Started.Compare(b.flow.Started) })
		if r.failed != nil {
			r.ready = append(r.ready, result{err: r.failed})
		}
		r.yield(yield)
	}
}

// closeIdle closes connections when there are too many: those that were idle for long, or as many
// more as it takes for a quarter of them. Fewer would be a search for each packet.
func (r *Reader) closeIdle(a *reassembly.Assembler, at time.Time) {
	for _, idle := range [...]time.Duration{time.Minute, 10 * time.Second, time.Second} {
		a.FlushWithOptions(reassembly.FlushOptions{T: at.Add(-idle), TC: at.Add(-idle)})
		if r.open <= maxStreams-maxStreams/4 {
			return
		}
	}
	a.FlushAll()
}

// yield yields what is ready, and reports whether to go on.
func (r *Reader) yield(yield func(flow.Flow, error) bool) bool {
	for _, x := range r.ready {
		if !yield(x.flow, x.err) {
			return false
		}
	}
	r.ready = r.ready[:0]
	return true
}

// packet passes the segment of a packet to the assembler.
func (r *Reader) packet(a *reassembly.Assembler, x frame) {
	r.seen.Packets++
	if x.info.CaptureLength < x.info.Length {
		r.seen.Partial++
	}
	if len(x.data) > maxPacket {
		return
	}
	p := gopacket.NewPacket(x.data, x.link, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	network := p.NetworkLayer()
	tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if network == nil || !ok {
		return
	}
	if len(tcp.Payload) > 0 {
		r.seen.Data++
	}
	a.AssembleWithContext(network.NetworkFlow(), tcp, captured{x.info})
}

// captured is the time of a packet, as the assembler asks for it.
type captured struct{ info gopacket.CaptureInfo }

func (c captured) GetCaptureInfo() gopacket.CaptureInfo { return c.info }
