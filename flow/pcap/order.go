package pcap

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxWindow is the number of bytes of packets that are put in order at once.
const maxWindow = 32 << 20

// packetCost is the memory of a packet in addition to its data, in bytes.
const packetCost = 128

// window reads packets up to maxWindow and returns them in the order of their times. A capture of
// several queues or interfaces, and captures that were joined, have them in another, in which the
// assembler would keep most of a connection waiting, and walk through all of that for each packet.
// last reports that no packets follow.
func (r *Reader) window() (list []record, last bool) {
	for size := 0; size < maxWindow; {
		x, err := r.next()
		switch {
		case err == nil:
		case errors.Is(err, io.ErrUnexpectedEOF):
			r.seen.Cut = r.seen.Packets + len(list) + 1
			last = true
		case !errors.Is(err, io.EOF):
			r.failed = fmt.Errorf("packet %d: %w", r.seen.Packets+len(list)+1, err)
			fallthrough
		default:
			last = true
		}
		if last {
			break
		}
		list = append(list, x)
		size += len(x.data) + packetCost
	}
	earlier := func(a, b record) int { return a.at.Compare(b.at) }
	if !slices.IsSortedFunc(list, earlier) {
		slices.SortStableFunc(list, earlier)
	}
	return list, last
}
