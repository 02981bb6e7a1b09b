package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// maxComparedSiblings bounds the siblings that each candidate is compared with one by one.
const maxComparedSiblings = 48

// siblings holds the facts about all candidates of one level.
type siblings struct {
	all              []*candidate
	compared         []*candidate // the candidates to compare with: a sample by hash
	weak             int          // number without a strong shape
	numbered         int          // names of a series, such as web-2
	hasStrong        bool
	hasBelow         bool // a candidate has segments below
	parentPosts      bool // the path above the candidates has POST
	linkedNames      int64
	parentNodes      int                 // trie nodes merged above
	uriTemplate      bool                // bodies hold a URI template with an expression here
	echoedByName     map[string]bool     // see selfEchoFields
	ownEchoes        int                 // see selfEchoFields
	itself           map[string]int      // see ownFields
	nounEchoes       int                 // see countNounEchoes
	unlikeWords      int                 // names that are not like words
	lowerCaseAbove   bool                // all literals above begin in lower case
	areConstants     bool                // see areConstants
	areCodes         bool                // see areCodes
	languages        int                 // see countLanguages
	formats          int                 // see countFormats
	nested, owned    map[*candidate]bool // see findNested, findOwned
	namespaces       int                 // see countNamespaces
	differentNouns   int                 // see countDifferentNouns
	hasServedIDs     bool                // see hasServedIDs
	unheldIDs        bool                // see areUnheld
	signed           map[string]int64    // see countSigned
	beforeMarked     map[*candidate]bool // see findBeforeMarked
	strangers        map[*candidate]bool // see findStrangers
	aliases          map[*candidate]bool // see findAliases
	sameNames        map[string]bool     // see findSameNames
	mirrored         bool                // see areMirrored
	told             map[*candidate]bool // see findTold
	classified       bool                // see isClassifier
	initialed        bool                // see isInitial
	idFields         map[string]bool     // see fieldsOfIDs
	singles          map[*candidate]bool // see findSingles
	types            map[*candidate]bool // see findTypes
	knownNames       int                 // see countKnownNames
	tenants, twins   map[*candidate]bool // see findTenants, findTwins
	listed           map[*candidate]bool // see findListedElsewhere
	dotted           map[*candidate]bool // see findDotted
	parts            map[*candidate]bool // see findParts
	qualified        map[*candidate]bool // see findQualified
	folders          map[*candidate]bool // see findFolders
	kinds            map[*candidate]bool // see findKinds
	endings          map[string]bool     // see findEndings
	amongCollections bool                // see isAmongCollections
	hosts            map[*candidate]bool // see findHosts
	heldIn           map[string]int      // see findHeldIn
	procedures       bool                // see areProcedures
	alikeConstants   bool                // constants, whose answers are alike
	constantsAlike   bool                // see areConstantsAmongWords
	itemNoun         bool                // see isItemNoun
	belowCollection  bool                // see isBelowCollection
	paired           int                 // see countPaired
	ownKinds         map[*candidate]bool // see findOwnKinds
	kindLists        map[*candidate]bool // see findKindLists
	likeItems        map[*candidate]bool // see findLikeItems
	environments     int                 // see countEnvironments
	pooled           map[*candidate]bool // see findPooled
	lookups, schemas map[*candidate]bool // see findLookups, findSchemas
	inLists          map[*candidate]bool // see findInLists
	keyed            map[*candidate]bool // see findKeyed
	besideSpaced     map[*candidate]bool // see findBesideSpaced
	capitalGroups    bool                // see areGroupsInCapitals
	keys             bool                // see areKeysOfTwoParts
	languagesAlike   map[*candidate]bool // see findLanguagesAlike
}

// siblings collects the facts about all candidates of one level.
func (d *decider) siblings(parent *level, all []*candidate) *siblings {
	s := &siblings{all: all, compared: all, parentNodes: len(parent.nodes)}
	if len(all) > maxComparedSiblings {
		s.compared = slices.Clone(all)
		slices.SortFunc(s.compared, func(a, b *candidate) int {
			return cmp.Or(cmp.Compare(sketch.Hash(a.label), sketch.Hash(b.label)), strings.Compare(a.label, b.label))
		})
		s.compared = s.compared[:maxComparedSiblings]
	}
	for _, c := range all {
		s.hasBelow = s.hasBelow || !c.isLeaf
		if c.isStrong() {
			s.hasStrong = true
		} else {
			s.weak++
		}
		s.numbered += boolToInt(c.isNumbered() && !c.refused)
		s.unlikeWords += boolToInt(c.ownNode && !c.isStrong() && !c.isWordLike())
	}
	s.parentPosts = parent.acceptsPost()
	accepted, sample := withoutRefused(all), withoutRefused(s.compared)
	s.itemNoun = parent.isItemNoun()
	s.belowCollection = s.itemNoun || parent.isBelowPlural()
	s.echoedByName, s.ownEchoes = d.selfEchoFields(all)
	s.itself = ownFields(all)
	s.nounEchoes = countNounEchoes(parent, all)
	s.areConstants, s.procedures = areConstants(all), areProcedures(s.compared)
	s.alikeConstants = s.areConstants && areAlike(setOf(s.compared))
	s.constantsAlike = d.areConstantsAmongWords(parent, all)
	s.lowerCaseAbove = parent.isLowerCaseAbove() || s.constantsAlike && !parent.isParameter() ||
		(s.areConstants || s.constantsAlike || parent.followsConstants()) && parent.skipParameters().isLowerCaseAbove()
	s.areCodes = areCodes(accepted)
	s.languages, s.formats = countLanguages(all), countFormats(all)
	s.nested, s.owned = d.findNested(parent, s.compared), d.findOwned(parent, s.compared)
	s.namespaces = d.countNamespaces(all)
	s.differentNouns = countDifferentNouns(all)
	s.hasServedIDs = hasServedIDs(all)
	s.unheldIDs = areUnheld(all)
	s.signed = countSigned(s.compared)
	s.beforeMarked = findBeforeMarked(parent, all)
	s.aliases = findAliases(all)
	s.sameNames = d.findSameNames(parent)
	s.mirrored = areMirrored(accepted)
	s.told = d.findTold(parent, all)
	s.amongCollections = d.isAmongCollections(parent, all)
	s.classified, s.initialed = parent.isClassifier(all), parent.isInitial(accepted)
	s.idFields = fieldsOfIDs(all)
	s.heldIn, s.hosts = findHeldIn(all), d.findHosts(all)
	s.singles = findSingles(parent, all)
	s.types = d.findTypes(parent, all)
	s.knownNames = d.countKnownNames(parent, accepted)
	s.tenants, s.twins = d.findTenants(parent, s.compared), d.findTwins(parent, s.compared)
	s.dotted, s.parts = findDotted(parent, all), findParts(parent, accepted)
	s.qualified = d.findQualified(parent, accepted)
	s.strangers = d.findStrangers(parent, sample)
	d.findItems(parent, s, accepted)
	s.countLinks(parent)
	return s
}

// acceptsPost reports whether something was posted to a level itself.
func (l *level) acceptsPost() bool {
	return slices.ContainsFunc(l.nodes, func(n *node) bool {
		return slices.ContainsFunc(n.methods, func(m *methodFacts) bool { return m.method == "POST" })
	})
}

// findItems collects the facts about items, kinds and files.
func (d *decider) findItems(parent *level, s *siblings, accepted []*candidate) {
	s.folders = findFolders(accepted)
	s.endings = findEndings(s.all)
	fields := kindFields(parent, accepted)
	s.kinds = d.findKinds(parent, fields, accepted)
	s.listed = d.findListedElsewhere(parent, accepted)
	s.paired = d.countPaired(parent, accepted)
	s.ownKinds, s.kindLists = findOwnKinds(s, fields, accepted), findKindLists(fields, accepted)
	s.likeItems = d.findLikeItems(parent, s, accepted)
	s.environments = countEnvironments(parent, accepted)
	s.pooled = d.findPooled(parent, s.all)
	s.lookups, s.schemas = d.findLookups(parent, s.all), d.findSchemas(parent, s.all)
	s.keys = d.areKeysOfTwoParts(parent, s.all)
	s.languagesAlike = findLanguagesAlike(s.all)
	s.inLists = d.findInLists(s.all)
	s.keyed, s.besideSpaced = findKeyed(s.all), d.findBesideSpaced(parent, s.all)
	s.capitalGroups = areGroupsInCapitals(s.all)
}

// countLinks counts the names at a level that only URLs in bodies have.
func (s *siblings) countLinks(parent *level) {
	seen := map[string]bool{}
	for _, l := range parent.linkNodes {
		for label := range l.children {
			if strings.HasPrefix(label, "{") {
				s.uriTemplate = true
				continue
			}
			seen[label] = true
		}
	}
	for _, c := range s.all {
		delete(seen, c.label)
	}
	for label := range seen {
		// URLs whose first segment was never requested belong to other sites.
		if parent.parent != nil && (!parent.isParameter() || shapeOf(label) != shapeWord) {
			s.linkedNames++
		}
	}
}

// selfEchoFields returns the properties that hold the segment itself in the responses of at least
// two candidates and of half of those with responses, whatever the properties are called: "kind":
// "owner" below /links/owner, "template": "welcome" below /mails/welcome. Where three candidates or
// more are held so, identifiers among them, three of five responses to each are enough.
//
// Properties such as type and kind also repeat the names of literals. They count only at the top
// level of the response, for segments that are not plural nouns, and if none of those that they
// repeat precedes identifiers, as the name of a collection does ("resourceType": "Patient").
func (d *decider) selfEchoFields(all []*candidate) (fields map[string]bool, ownEchoes int) {
	answering, ids := 0, 0
	held, own, collections := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, c := range all {
		if c.responses == 0 {
			continue
		}
		if c.isStrong() {
			ids++
			for _, name := range c.echoFields {
				tail := fieldTail(strings.TrimSuffix(name, "[]"))
				own[name] += boolToInt(5*c.echoCounts[name] >= 3*c.responses && classOf(tail, false)&classVocabulary == 0)
			}
			continue
		}
		if !c.ownNode {
			continue
		}
		answering++
		for _, name := range c.echoFields {
			if strings.HasSuffix(name, "[]") { // a list may hold the names of the siblings, too
				continue
			}
			tail := fieldTail(name)
			if 5*c.echoCounts[name] >= 3*c.responses && classOf(tail, false)&classVocabulary == 0 {
				own[name]++
			}
			if 5*c.echoCounts[name] < 4*c.responses {
				continue
			}
			if classOf(tail, false)&classVocabulary != 0 {
				if namesAction(tail) {
					continue
				}
				if _, top := c.topProperties[sketch.Hash(tail)]; !top && !(c.isLeaf && c.getBodies == 0) || noun.IsPlural(c.decoded) {
					continue
				}
				collections[name] = collections[name] || d.beforeID[c.label] > 0
			}
			held[name]++
		}
	}
	out := map[string]bool{}
	for name, n := range held {
		if n >= 2 && 2*n >= answering && !collections[name] {
			out[name] = true
			ownEchoes = max(ownEchoes, own[name])
		}
	}
	for name, n := range own {
		if ids > 0 && n >= 3 && 2*n >= answering+ids {
			out[name] = true
			ownEchoes = max(ownEchoes, n)
		}
	}
	return out, ownEchoes
}

// areUnheld reports whether two answers or more to identifiers of a level, or to the paths below
// them, do not hold these. That the answers to a name do not hold it is then no evidence either.
func areUnheld(all []*candidate) bool {
	responses := int64(0)
	for _, c := range all {
		if !c.isStrong() {
			continue
		}
		if len(c.echoFields) > 0 {
			return false
		}
		responses += c.responses
	}
	return responses > 1
}

// countNounEchoes counts the candidates that nearly all answers hold in a property called after the
// segment above: service/web answers "ServiceName": "web".
func countNounEchoes(parent *level, all []*candidate) int {
	n := 0
	for _, c := range all {
		n += boolToInt(c.isEchoedAs(parent))
	}
	return n
}

// isEchoedAs reports whether four of five answers or more hold a candidate in a property called
// after the segment above.
func (c *candidate) isEchoedAs(parent *level) bool {
	if !c.ownNode || c.isStrong() || c.responses == 0 || parent.literal == "" || parent.isParameter() {
		return false
	}
	return slices.ContainsFunc(c.echoFields, func(name string) bool {
		return 5*c.echoCounts[name] >= 4*c.responses && isNamedAfter(fieldTail(strings.TrimSuffix(name, "[]")), parent.literal)
	})
}

// isNamedAfter reports whether a property is called like a noun in the singular, alone or with a
// word for identifiers or names behind it.
func isNamedAfter(field, literal string) bool {
	one, name := noun.Fold(noun.Singular(literal)), noun.Fold(field)
	rest, ok := strings.CutPrefix(name, one)
	return ok && (rest == "" || classOf(rest, false)&(classIDField|classNameField) != 0)
}

// ownFields counts, by property that identifies or names things, the candidates that the answers to
// requests for themselves hold there, whatever the answers to the paths below hold.
func ownFields(all []*candidate) map[string]int {
	out := map[string]int{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		for _, name := range c.echoFields {
			if c.holdsItself(name) {
				out[name]++
			}
		}
	}
	return out
}

// holdsItself reports whether at least as many answers hold a candidate in a property that
// identifies or names things as requests for the candidate itself were answered.
func (c *candidate) holdsItself(name string) bool {
	base := strings.TrimSuffix(name, "[]")
	return c.getBodies > 0 && c.echoCounts[name] >= c.getBodies &&
		classOf(fieldTail(base), base != name)&(classIDField|classNameField) != 0
}

// shared compares the path suffixes below c with those below its siblings. It returns the larger of
// two shares: the share of c's suffixes that a sibling has too, and the share of siblings of whose
// suffixes c has more than half. n is the larger of the two counts. If the suffixes without the
// next segment give a larger share, it returns that: the next segment may itself be a name.
func (s *siblings) shared(c *candidate) (share float64, n int) {
	if len(c.suffixes) == 0 {
		return 0, 0
	}
	of := func(get func(*candidate) hashSet) (float64, int) {
		mine := get(c)
		seen := hashSet{}
		inside, with := 0, 0
		for _, o := range s.compared {
			theirs := get(o)
			if o == c || len(theirs) == 0 {
				continue
			}
			with++
			both := 0
			small, large := mine, theirs
			if len(small) > len(large) {
				small, large = large, small
			}
			for h := range small {
				if _, ok := large[h]; ok {
					seen[h] = struct{}{}
					both++
				}
			}
			if 2*both > len(theirs) {
				inside++
			}
		}
		if len(mine) == 0 || with == 0 {
			return 0, 0
		}
		return max(float64(len(seen))/float64(len(mine)), float64(inside)/float64(with)), max(len(seen), inside)
	}
	share, n = of(func(c *candidate) hashSet { return c.suffixes })
	if s2, n2 := of(func(c *candidate) hashSet { return c.maskedSuffixes }); s2 > share {
		share, n = s2, n2
	}
	return share, n
}
