package store

import (
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// formatVersion is the version of the file format. A file with a larger one is refused.
const formatVersion = 4

// Buckets at the root.
var (
	rootAbout    = []byte("spectap")  // format, secret, created
	rootLive     = []byte("live")     // the segment that Append writes
	rootImports  = []byte("imports")  // import number: its segment; the bucket's sequence is the last number given
	rootSegments = []byte("segments") // last record number of a committed import: its extent
	rootHosts    = []byte("hosts")    // host name: its id
	rootBodies   = []byte("bodies")   // body id, chunk: compressed bytes
	rootShared   = []byte("shared")   // body id: number of further records that use it
	rootHashes   = []byte("hashes")   // hash of a body of several chunks: its id
	rootModels   = []byte("models")   // name: a bucket with the model's chunks
	rootLosses   = []byte("losses")   // record number: flows lost after it, and when
	rootSessions = []byte("sessions") // session number: the session; the bucket's sequence is the last number given
	rootMarks    = []byte("marks")    // source: how far its blocks were applied
)

// Keys of rootAbout.
var (
	aboutFormat    = []byte("format")    // uint32
	aboutSecret    = []byte("secret")    // 32 random bytes
	aboutCreated   = []byte("created")   // Unix seconds, int64
	aboutSent      = []byte("sent")      // uvarint, see Stat.Sent; absent if nothing is to be sent
	aboutDeletions = []byte("deletions") // uvarint, see Stat.Deletions; absent means 0
)

// Buckets of a segment. Numbers are local: the record number minus the segment's base.
var (
	tabFlows  = []byte("flows")  // number: record of a finished flow
	tabOpen   = []byte("open")   // number: record of a flow that is not done
	tabIDs    = []byte("ids")    // flow id: number of its record in open
	tabMoved  = []byte("moved")  // number of a replaced record: number of its replacement
	tabBlocks = []byte("blocks") // number / blockSize: summary of the records there
	tabByHost = []byte("byhost") // number / blockSize, host id: the host's records in the block
	tabHosts  = []byte("hosts")  // host id: number of flows and bytes
	tabIndex  = []byte("index")  // number / blockSize, chunk: what the records there say in brief; optional
)

var segmentTables = [][]byte{tabFlows, tabOpen, tabIDs, tabMoved, tabBlocks, tabByHost, tabHosts}

// blockSize is the number of record numbers that share an index entry.
const blockSize = format.MaxIndexFlows

// segment is a log within the file: the live one, or one import. Its record numbers are its local
// numbers plus base.
type segment struct {
	base   flow.Seq
	number uint64 // number of the import; 0 is the live log
	root   *bolt.Bucket

	flows, open, ids, moved, blocks, byHost, hosts *bolt.Bucket
	briefs                                         *bolt.Bucket // the index; nil in a store of an older version
}

func newSegment(root *bolt.Bucket, base flow.Seq, number uint64) *segment {
	return &segment{
		base: base, number: number, root: root,
		flows: root.Bucket(tabFlows), open: root.Bucket(tabOpen), ids: root.Bucket(tabIDs), moved: root.Bucket(tabMoved),
		blocks: root.Bucket(tabBlocks), byHost: root.Bucket(tabByHost), hosts: root.Bucket(tabHosts),
		briefs: root.Bucket(tabIndex),
	}
}

func createSegment(parent interface {
	CreateBucket([]byte) (*bolt.Bucket, error)
}, name []byte) error {
	root, err := parent.CreateBucket(name)
	if err != nil {
		return err
	}
	for _, t := range segmentTables {
		if _, err := root.CreateBucket(t); err != nil {
			return err
		}
	}
	_, err = root.CreateBucket(tabIndex)
	return err
}

func liveSegment(tx *bolt.Tx) *segment { return newSegment(tx.Bucket(rootLive), 0, 0) }

// extent is the range of a committed import: the record numbers base+1 to last.
type extent struct {
	base, last flow.Seq
	number     uint64
	stored     int64 // time of the commit, Unix seconds
}

func (e extent) key() []byte { return key64(uint64(e.last)) }

func (e extent) value() []byte {
	b := key64(uint64(e.base))
	b = binary.BigEndian.AppendUint64(b, e.number)
	return binary.BigEndian.AppendUint64(b, uint64(e.stored))
}

func readExtent(k, v []byte) (extent, bool) {
	if len(k) != 8 || len(v) != 24 {
		return extent{}, false
	}
	be := binary.BigEndian
	return extent{
		base: flow.Seq(be.Uint64(v)), last: flow.Seq(be.Uint64(k)),
		number: be.Uint64(v[8:]), stored: int64(be.Uint64(v[16:])),
	}, true
}

func (e extent) segment(tx *bolt.Tx) *segment {
	root := tx.Bucket(rootImports).Bucket(key64(e.number))
	if root == nil {
		return nil
	}
	return newSegment(root, e.base, e.number)
}

// hides returns the first live record whose number is one of the import's, so that no reader finds
// it, or 0 if there is none.
func (e extent) hides(tx *bolt.Tx) (first uint64) {
	live := liveSegment(tx)
	for _, table := range []*bolt.Bucket{live.flows, live.open} {
		if r := newRun(table.Cursor(), uint64(e.base)+1, uint64(e.last), false); r.ok && (first == 0 || r.n < first) {
			first = r.n
		}
	}
	return first
}

// locate returns the segment of the record number s.
func locate(tx *bolt.Tx, s flow.Seq) *segment {
	k, v := tx.Bucket(rootSegments).Cursor().Seek(key64(uint64(s)))
	if e, ok := readExtent(k, v); ok && e.base < s {
		if seg := e.segment(tx); seg != nil {
			return seg
		}
	}
	return liveSegment(tx)
}

// record returns the record with a local number, or nil, and whether it is in the open table.
func (s *segment) record(n uint64) (rec []byte, open bool) {
	k := key64(n)
	if rec := s.flows.Get(k); rec != nil {
		return rec, false
	}
	return s.open.Get(k), true
}

// newest follows the moves from a local number to the newest record of the flow.
func (s *segment) newest(n uint64) uint64 {
	for {
		v := s.moved.Get(key64(n))
		if len(v) != 8 {
			return n
		}
		next := binary.BigEndian.Uint64(v)
		if next <= n { // moves go forward; a damaged file must not cause an endless loop
			return n
		}
		n = next
	}
}

func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// lastSeq returns the largest record number ever given.
func lastSeq(tx *bolt.Tx) flow.Seq { return flow.Seq(tx.Bucket(rootLive).Sequence()) }
