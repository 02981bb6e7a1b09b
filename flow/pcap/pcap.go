// Package pcap reads the plain HTTP/1 of packet captures, as tcpdump and Wireshark write them: pcap
// and pcapng, with packets of Ethernet, PPP, loopback interfaces, "any" of Linux, or IP alone, also
// within VLANs, MPLS, PPPoE, GRE, IP and VXLAN. gopacket reads files and headers.
//
// TCP connections are reassembled, also those whose beginning was not captured. Buffers are
// bounded: the bytes of an exchange, of all connections, and of segments out of order. A connection
// that lacks a segment ends there. TLS, HTTP/2 and other protocols are skipped and counted.
//
// Read pcap.go first, then file.go, link.go, assemble.go and stream.go.
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

	"github.com/spectap/spectap/flow"
)

// Limits of memory.
const (
	maxExchange = 64 << 20  // bytes of one direction of a connection that are not yet a flow
	maxBuffered = 256 << 20 // the same of all connections
	maxStreams  = 1 << 14   // connections that are open at once, each of which takes several kilobytes
	// Segments out of order, in units of pageSize.
	maxPages, maxPagesOfOne = 1 << 16, 1 << 11
	maxPacket               = 1 << 20 // bytes
)

// Times of the capture after which a missing segment is given up, and an idle connection closed.
const (
	gapTime  = 30 * time.Second
	idleTime = 5 * time.Minute
	// flushEvery is the number of packets between looks for them.
	flushEvery = 4096
)

// never is after all packets.
var never = time.Unix(1<<40, 0)

// ErrNotCapture is the error for a file that is not a packet capture.
var ErrNotCapture = errors.New("not a packet capture")

// magics begin files: pcap with microseconds or nanoseconds in either byte order, and pcapng.
var magics = [][]byte{
	{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d}, {0x0a, 0x0d, 0x0d, 0x0a},
}

// IsCapture reports whether a file that begins with these bytes is a packet capture.
func IsCapture(head []byte) bool {
	return slices.ContainsFunc(magics, func(m []byte) bool { return bytes.HasPrefix(head, m) })
}

// Reader reads one capture. It is not safe for concurrent use.
type Reader struct {
	source   string
	next     func() (record, error)
	err      error
	skipped  int
	seen     Seen
	buffered int // bytes of all streams
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
		out.next, out.err = newSections(b)
	default:
		out.next, out.err = newPcap(b)
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
	// Cut is the number of the packet in which the file ends, or 0 if the file is complete.
	Cut int
}

// Seen returns what was read so far.
func (r *Reader) Seen() Seen { return r.seen }

// Flows yields the flows in the order in which their exchanges or connections end. It can be used
// once. An exchange that cannot be read yields an [exchange.EntryError] with the number of its
// connection. A capture that was interrupted within a packet ends there without an error.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if r.err != nil {
			yield(flow.Flow{}, r.err)
			return
		}
		a := &assembler{r: r, streams: map[pair]*stream{}}
		for last := false; !last; {
			var list []record
			for list, last = r.window(); len(list) > 0; list = list[1:] {
				r.packet(a, list[0])
				if r.seen.Packets%flushEvery == 0 {
					a.flush(list[0].at.Add(-gapTime), list[0].at.Add(-idleTime))
				}
				if len(a.streams) > maxStreams {
					a.closeIdle(list[0].at)
				}
				if !r.yield(yield) {
					return
				}
			}
		}
		a.flush(never, never)
		slices.SortStableFunc(r.ready, func(a, b result) int { return a.flow.Started.Compare(b.flow.Started) })
		if r.failed != nil {
			r.ready = append(r.ready, result{err: r.failed})
		}
		r.yield(yield)
	}
}

// closeIdle closes connections when there are too many: those that were idle for long, or as many
// more as it takes for a quarter of them. Fewer would be a search for each packet.
func (a *assembler) closeIdle(at time.Time) {
	for _, idle := range [...]time.Duration{time.Minute, 10 * time.Second, time.Second} {
		a.flush(at.Add(-idle), at.Add(-idle))
		if len(a.streams) <= maxStreams-maxStreams/4 {
			return
		}
	}
	a.flush(never, never)
}

// yield yields the flows that are ready, and reports whether to continue.
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
func (r *Reader) packet(a *assembler, x record) {
	r.seen.Packets++
	if x.isPart {
		r.seen.Partial++
	}
	segment, ok := parse(x.link, x.data)
	if !ok {
		return
	}
	if len(segment.payload) > 0 {
		r.seen.Data++
	}
	a.add(segment, x.at)
}
