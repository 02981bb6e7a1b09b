package redact

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
)

// Used has the credentials that the clients of one store used, as keyed hashes without the values.
// Redaction hides these words in flows of the same site and, if they are generated, in all flows of
// the store: a site must not learn by guesses what another one knows. It keeps the newest 32,768.
// Flows that an agent chose add nothing and are compared with nothing, for the same reason. A Used
// is safe for concurrent use. A nil Used is empty.
//
// It learns lazily: the first look-up of a word that may be a credential reads all flows up to the
// record that [Used.Await] names.
type Used struct {
	key  []byte
	read func(after flow.Seq) iter.Seq2[flow.Flow, error]
	last func() flow.Seq // of the store
	save func()          // the state, now and then while it learns
	by   *Redactor       // learns

	covered  atomic.Uint64               // the last record that it has learned from
	awaited  atomic.Uint64               // the last one that it learns from before a look-up
	asked    atomic.Int64                // when it last asked for the last record of the store
	failed   atomic.Bool                 // the flows could not be read: any word may be a credential
	recent   []atomic.Uint64             // a direct-mapped cache of hashes of what it has learned from
	lengths  [maxUsed / 64]atomic.Uint64 // a bit for each length of a credential
	learning sync.Mutex

	mu     sync.RWMutex // guards those below
	hashes map[uint64]bool
	order  []uint64 // the hashes, a ring once it is full
	next   int      // in order
}

const (
	maxHashes   = 1 << 15
	minUsed     = 10  // the shortest credential, in bytes
	maxUsed     = 512 // above the longest
	usedVersion = 2   // 1 knew no sites

	// maxLogin bounds the bodies in which credentials are looked for, in bytes. Those that log in
	// are small.
	maxLogin = 64 << 10

	// saveFlows is the number of flows after which it is saved.
	saveFlows = 1 << 14
)

// NewUsed returns an empty Used of a store with this key. read yields the flows whose newest record
// comes after a number, in the order of their records; last returns the number of the newest; save
// saves the state. They are nil if it learns from no store; else it belongs to one [Redactor].
func NewUsed(key []byte, read func(after flow.Seq) iter.Seq2[flow.Flow, error], last func() flow.Seq, save func()) *Used {
	u := &Used{key: append([]byte(nil), key...), read: read, last: last, save: save, hashes: map[uint64]bool{}}
	if read != nil {
		u.recent = make([]atomic.Uint64, 1<<13)
	}
	return u
}

// Covered returns the number of the last record that it has learned from.
func (u *Used) Covered() flow.Seq { return flow.Seq(u.covered.Load()) }

// maxAge bounds how long it does not notice what another process recorded.
const maxAge = time.Second

// Await makes it learn, before it looks up a word, from all records up to this one, which is 0 if
// it is not recorded, and from those that the store had a second ago.
func (u *Used) Await(last flow.Seq) {
	if u != nil && u.last != nil && last > 0 {
		now, asked := time.Now().UnixNano(), u.asked.Load()
		if now-asked > int64(maxAge) && u.asked.CompareAndSwap(asked, now) {
			last = max(last, u.last())
		}
	}
	for u != nil {
		old := u.awaited.Load()
		if uint64(last) <= old {
			return
		}
		if u.awaited.CompareAndSwap(old, uint64(last)) {
			u.failed.Store(false) // try again
			return
		}
	}
}

// AppendBinary appends its state. It implements [encoding.BinaryAppender].
func (u *Used) AppendBinary(b []byte) ([]byte, error) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	b = binary.AppendUvarint(append(b, usedVersion), u.covered.Load())
	for i := range u.lengths {
		b = binary.LittleEndian.AppendUint64(b, u.lengths[i].Load())
	}
	for i := range u.order {
		b = binary.LittleEndian.AppendUint64(b, u.order[(u.next+i)%len(u.order)])
	}
	return b, nil
}

// UnmarshalBinary adds a state that AppendBinary returned. It implements
// [encoding.BinaryUnmarshaler].
func (u *Used) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != usedVersion {
		return errors.New("redact: credentials of another version")
	}
	covered, n := binary.Uvarint(b[1:])
	if b = b[1+max(n, 0):]; n <= 0 || len(b)%8 != 0 || len(b) < 8*len(u.lengths) {
		return errors.New("redact: invalid credentials")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.lengths {
		u.lengths[i].Or(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	for ; len(b) > 0; b = b[8:] {
		u.put(binary.LittleEndian.Uint64(b))
	}
	u.covered.Store(max(u.covered.Load(), covered))
	return nil
}

// put adds a hash, in place of the oldest if there are too many. The caller holds mu.
func (u *Used) put(hash uint64) {
	switch {
	case u.hashes[hash]:
		return
	case len(u.order) < maxHashes:
		u.order = append(u.order, hash)
	default:
		delete(u.hashes, u.order[u.next])
		u.order[u.next] = hash
		u.next = (u.next + 1) % maxHashes
	}
	u.hashes[hash] = true
}

var anySite = []string{""}

// hash returns the hash of a word at a site; with "", that of the word at any.
func (u *Used) hash(site, word string) uint64 {
	buf := make([]byte, 0, sha256.Size+maxUsed)
	buf = append(append(buf, u.key...), "used\x00"...)
	if site != "" {
		buf = append(append(buf, site...), 0)
	}
	sum := sha256.Sum256(append(buf, word...))
	return binary.LittleEndian.Uint64(sum[:])
}

// add adds a word that a flow of a site used. Texts outside of flows belong to no site.
func (u *Used) add(site, word string) {
	hashes := []uint64{u.hash("", word)}
	if site != "" && !isGenerated(word) {
		hashes = append(hashes, u.hash(site, word))
	}
	u.lengths[len(word)/64].Or(1 << (len(word) % 64))
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, h := range hashes {
		u.put(h)
	}
}

// has reports whether a word was used as a credential, at one of some sites unless it is generated.
func (u *Used) has(word string, sites []string) bool {
	if len(word) < minUsed || len(word) >= maxUsed {
		return false
	}
	if last := u.awaited.Load(); u.read != nil && u.covered.Load() < last {
		if !isStrong(word) {
			return false
		}
		if u.failed.Load() || u.LearnUpTo(flow.Seq(last)) != nil {
			return true
		}
	}
	if u.lengths[len(word)/64].Load()&(1<<(len(word)%64)) == 0 {
		return false
	}
	if isGenerated(word) {
		sites = anySite
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	return slices.ContainsFunc(sites, func(site string) bool { return u.hashes[u.hash(site, word)] })
}

// isStrong reports whether a credential is no word that other flows may have by chance.
func isStrong(v string) bool {
	if len(v) < minUsed || len(v) >= maxUsed || strings.ContainsAny(v, " \t\r\n") || judge.IsDateLike(v) {
		return false
	}
	c := judge.Count(v)
	return c.Digit > 0 && c.Lower+c.Upper > 1 && c.Changes > 2 || judge.LooksGenerated(v)
}

// Learn adds the credentials of a flow to [Config.Used]: those of its headers, its query, and the
// members of small bodies. Flows come in the order of their records, after [Used.LearnUpTo] of
// those before; others are ignored.
func (r *Redactor) Learn(f flow.Flow) {
	u := r.cfg.Used
	if u == nil || uint64(f.Last) <= u.covered.Load() {
		return
	}
	u.learning.Lock() // what LearnUpTo has begun to learn counts as recent
	defer u.learning.Unlock()
	if uint64(f.Last) > u.covered.Load() {
		u.learnt(r.usedBy(f), f.Last)
	}
}

// learnt adds the credentials of the flows up to a record.
func (u *Used) learnt(words []siteWord, last flow.Seq) {
	for _, w := range words {
		u.add(w.site, w.word)
	}
	u.covered.Store(max(u.covered.Load(), uint64(last)))
}

// siteWord is a credential with the site of its flow.
type siteWord struct{ site, word string }

// usedBy returns what a flow used as credentials, without those of parts that an earlier flow of
// its site had.
func (r *Redactor) usedBy(f flow.Flow) (words []siteWord) {
	if f.Scope() != "" {
		return nil
	}
	u := r.cfg.Used
	one := *r.For(&f)
	one.cfg.Used, one.standIns, one.trace, one.known, one.learns = nil, nil, nil, &known{most: maxLogin}, true
	f.Messages, f.Err = nil, ""
	q := &f.Request
	q.Body = loginBody(q.Header, q.Body)
	about := []string{one.site, q.Path, q.RawQuery, q.Header.Get("Content-Type"), q.Header.Get("Content-Encoding"), stringOf(q.Body.Data)}
	if f.Response != nil {
		a := *f.Response
		a.Body = loginBody(a.Header, a.Body)
		about = append(about, a.Header.Get("Content-Type"), a.Header.Get("Content-Encoding"), a.Header.Get("Content-Range"), stringOf(a.Body.Data))
		if u.isRecent(about...) {
			a.Body = flow.Body{}
		}
		a.Header = u.newFields(one.site, a.Header)
		f.Response = &a
	}
	q.Header = u.newFields(one.site, q.Header)
	var out flow.Flow
	defer one.hideFlow(&out, f)
	out = one.redactFlow(f)
	for _, v := range one.known.values {
		if isStrong(v) {
			// Pages of other sites, which have one of their own, may use what the site knows.
			words = append(words, siteWord{one.site, v}, siteWord{siteOf(q.Authority), v})
		}
	}
	return words
}

// newFields returns the fields of a header that it has not learned from lately, and those that say
// what the body is.
func (u *Used) newFields(site string, h flow.Header) (out flow.Header) {
	for _, f := range h {
		if strings.HasPrefix(strings.ToLower(f.Name), "content-") || !u.isRecent(site, f.Name, f.Value) {
			out = append(out, f)
		}
	}
	return out
}

// isRecent reports whether it was asked about these texts lately, and remembers them.
func (u *Used) isRecent(texts ...string) bool {
	if len(u.recent) == 0 {
		return false
	}
	var h maphash.Hash
	h.SetSeed(recentSeed)
	for _, t := range texts {
		h.WriteString(t)
		h.WriteByte(0)
	}
	hash := h.Sum64()
	return u.recent[hash%uint64(len(u.recent))].Swap(hash) == hash
}

var recentSeed = maphash.MakeSeed()

// loginBody returns a body, without its data if that cannot have credentials.
func loginBody(h flow.Header, b flow.Body) flow.Body {
	mt := h.MediaType()
	if len(b.Data) > maxLogin || mt != "" && !decode.IsJSON(mt) && !decode.IsForm(mt) && !decode.IsXML(mt) && !decode.IsMultipart(mt) && mt != "text/plain" {
		b.Data = nil
	}
	return b
}

// Used returns that of the configuration.
func (r *Redactor) Used() *Used { return r.cfg.Used }

// LearnUpTo adds the credentials of the flows of the store, up to a record. An error comes from
// reading the store: any strong word counts as a credential then, until there are new flows.
func (u *Used) LearnUpTo(last flow.Seq) (err error) {
	if u == nil || u.read == nil || u.Covered() >= last {
		return nil
	}
	u.learning.Lock()
	defer u.learning.Unlock()
	if u.Covered() >= last {
		return nil
	}
	defer func() { u.failed.Store(err != nil) }()
	type learning struct {
		words chan []siteWord
		last  flow.Seq
	}
	var begun []learning
	ended := 0
	await := func(left int) {
		for ; len(begun) > left; begun = begun[1:] {
			u.learnt(<-begun[0].words, begun[0].last)
			if ended++; ended%saveFlows == 0 {
				u.save()
			}
		}
	}
	for f, err := range u.read(u.Covered()) {
		if err != nil {
			await(0)
			return err
		}
		one := learning{make(chan []siteWord, 1), f.Last}
		go func() { one.words <- u.by.usedBy(f) }()
		begun = append(begun, one)
		if await(runtime.GOMAXPROCS(0)); f.Last >= last {
			break
		}
	}
	await(0)
	u.learnt(nil, last) // the last records may be deleted
	u.save()
	return nil
}

// used adds the words of a text that were used as credentials.
func (r *Redactor) used(s string, spans []span) []span {
	if r.cfg.Used == nil {
		return spans
	}
	f := finder{s: s, spans: spans, why: byUse}
	if f.used(r.cfg.Used, []string{r.site}); len(f.spans) == len(spans) {
		return spans
	}
	return f.settle()
}

// used finds the credentials of some sites, in the parts of a text without blanks and quotes.
func (f *finder) used(u *Used, sites []string) {
	for start, end := range runs(f.s, 0, len(f.s), &isFieldByte) {
		if end-start >= minUsed {
			f.usedIn(u, sites, start, end)
		}
	}
}

var isFieldByte = func() (t [256]bool) {
	ends := bytesIn("\"'`<>")
	for c := range t {
		t[c] = c > ' ' && !ends[c]
	}
	return t
}()

// usedIn looks for credentials in a part of a text without blanks: all of it, its words, and their
// parts.
func (f *finder) usedIn(u *Used, sites []string, start, end int) {
	for start < end && strings.IndexByte("([{", f.s[start]) >= 0 {
		start++
	}
	for stop := end; stop-start >= minUsed; stop-- {
		if u.has(f.s[start:stop], sites) {
			f.add(start, stop, mark.Secret)
			return
		}
		if strings.IndexByte(".,;:!?)]}", f.s[stop-1]) < 0 {
			break
		}
	}
	for _, in := range [...]*[256]bool{&isWordByte, &isPartByte} {
		for from, to := range runs(f.s, start, end, in) {
			if u.has(f.s[from:to], sites) {
				f.add(from, to, mark.Secret)
			}
		}
	}
}
