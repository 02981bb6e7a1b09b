package route

import (
	"math"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// weighParent adds the evidence from the segments above.
func (d *decider) weighParent(parent *level, c *candidate, s *siblings) {
	w, before := d.weights, c.score
	switch {
	case parent.parent == nil:
	case parent.isParameter():
		c.addEvidence("after a parameter", w.AfterParameter, 1)
	case parent.isVersion:
		c.addEvidence("after a version", w.AfterVersion, 1)
	case noun.IsPlural(parent.literal):
		c.addEvidence("below a plural noun", w.ParentPlural, 1)
	case s.itemNoun && c.mayBeName() && !noun.IsPlural(c.decoded):
		c.addEvidence("below the singular of a list beside it", w.ParentPlural, 1)
	default:
		c.addEvidence("below a singular noun", w.AfterSingular, 1)
	}
	switch {
	case isLocale(c.decoded) || c.isAssigned(): // wherever it stands
	case parent.depth == 0:
		c.addEvidence("first segment", w.First, 1)
	case parent.depth == 1:
		if !noun.IsPlural(parent.literal) || isPlainWord(c.decoded) && !d.isNoWord(c) {
			c.addEvidence("second segment", w.Second, 1)
		}
	}
	c.parentScore = min(0, c.score-before)
	if s.parentPosts {
		c.addEvidence("the segment above accepts POST", w.ParentPosts, 1)
	}
	if s.linkedNames > 0 {
		c.addEvidence(ruleLinks, w.Links*logShare(s.linkedNames), s.linkedNames)
	}
	if s.uriTemplate && !parent.isParameter() {
		c.addEvidence("bodies hold a URI template with a variable here", w.Template, 1)
	}
}

// logShare grows with n: it is 0 for 0, 1 for 7, and at most 1.5.
func logShare(n int64) float64 { return min(1.5, math.Log2(1+float64(n))/3) }

// weighMethods adds the evidence from methods and statuses.
func (d *decider) weighMethods(parent *level, c *candidate, s *siblings) {
	w := d.weights
	get, post := c.hasMethod("GET"), c.hasMethod("POST")
	if c.isWritten() {
		c.addEvidence("is written or deleted", w.Writes, 1)
		if c.isLeaf && parent.isBelowPlural() && !commonLiterals[c.decoded] {
			c.addEvidence("written or deleted like an item", w.WritesItem, 1)
			if isCompoundName(c) {
				c.witness = true
			}
			if c.hasMethod("DELETE") && c.mayBeName() {
				c.addEvidence("deleted like an item", w.DeletesItem, 1)
			}
		}
	} else {
		switch {
		case c.verbStems > 0: // the verb is what is posted to
		case post && s.belowCollection && c.shape == shapeWord && d.isNoWord(c): // verbs are English
		case post && !get && c.isLeaf:
			c.addEvidence("only POST", w.PostLeaf, 1)
		case post && !get:
			c.addEvidence("only POST here", w.PostSubtree, 1)
		case post && get:
			c.addEvidence("GET and POST", w.GetPost, 1)
		}
	}
	if c.verbStems > 1 && !noun.IsPlural(c.decoded) {
		c.addEvidence("one of its verbs follows several names", w.VerbStems, int64(c.verbStems))
		c.witness = true
	}
	if c.listResponses > 0 && !(s.belowCollection && c.shape == shapeWord && d.isNoWord(c)) {
		c.addEvidence("answers a list", w.List, c.listResponses)
	}
	if c.notFound && c.requests > 0 {
		c.addEvidence("was never found", w.NotFound, c.requests)
	}
	if c.refusedValue {
		c.addEvidence("was always refused", w.Refused, c.requests)
		c.witness = true
	}
	if c.refusedLikeIDs {
		c.addEvidence("was always refused, with methods and paths of the values beside it", w.RefusedLikeIDs, c.requests)
	}
}

// isCompoundName reports whether a candidate consists of several words of which none is a verb or a
// plural, as the names that people give do: north-billing. Verbs name actions on several items.
func isCompoundName(c *candidate) bool {
	words := noun.Words(c.decoded)
	return c.mayBeName() && len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool {
		return noun.IsVerb(w) || noun.IsPlural(w) || commonLiterals[w]
	})
}

// weighStructure adds the evidence from the segments beside and below.
func (d *decider) weighStructure(parent *level, c *candidate, s *siblings) {
	w := d.weights
	if share, n := s.shared(c); n > 0 {
		c.addEvidence("siblings have the same paths below", w.SharedSubtree*share, int64(n))
	}
	if n := s.unlikeFollowed(c); n > 0 {
		c.addEvidence("no word, and what follows it follows a sibling that is none", w.UnlikeFollowed, int64(n))
	}
	if s.hasStrong && !c.isStrong() {
		c.addEvidence("has an identifier as sibling", w.StrongSibling, 1)
	}
	switch {
	case c.isLeaf:
		c.addEvidence("nothing below", w.Leaf, 1)
	case parent.isBelowPlural() && !noun.IsPlural(c.decoded) && d.beforeID[c.label] == 0:
		c.addEvidence("has subresources, like items of a collection", w.Subresources, 1)
	}

	if !c.ownNode {
		return
	}
	if n := d.beforeID[c.label] - boolToInt(isOnlyBeforeIDs(parent, c)); n > 0 && !s.strangers[c] && !s.followedLikeIDs(c) &&
		!(parent.hasOnlyConstants() && isAllCaps(c.decoded)) {
		c.addEvidence("precedes an identifier elsewhere", w.BeforeID, int64(n))
	}
	if s.weak > 1 {
		c.addEvidence("has other names as siblings", w.Siblings*logShare(int64(s.weak)), int64(s.weak))
	}
	if s.parentNodes >= 3 {
		if share := float64(len(c.nodes)) / float64(s.parentNodes); share > 0 {
			c.addEvidence("occurs below many parents", w.Coverage*share, int64(len(c.nodes)))
		}
		if len(c.nodes) > 1 {
			c.addEvidence("recurs below other parents", w.Recurs, int64(len(c.nodes)))
		}
	}
	if n := d.collectionItems[noun.Fold(c.decoded)]; n > 0 && d.labelUses[c.label] <= len(c.nodes)+n {
		c.addEvidence("is the singular of a collection's name", w.SingularOfNoun, int64(n))
	}
	if n := d.labelUses[c.label]; n > 2 && (d.firstPass == nil ||
		len(d.firstPass.valuePrefixes[c.hash]) <= len(d.firstPass.literalPrefixes[c.hash])) {
		c.addEvidence("is used elsewhere", w.UsedElsewhere, int64(n))
	}
}

// unlikeFollowed counts the siblings that are no words either and are followed by a segment that
// follows c, too: send/m.room.message/7 and send/m.reaction/9.
func (s *siblings) unlikeFollowed(c *candidate) int {
	if !c.isUnlikeWord() || c.isLeaf || s.unlikeWords < 2 {
		return 0
	}
	n := 0
	for _, o := range s.compared {
		n += boolToInt(o != c && o.isUnlikeWord() && haveCommon(o.nextLabels, c.nextLabels))
	}
	return n
}

// isUnlikeWord reports whether the segment is a name without the form of a word of the API.
func (c *candidate) isUnlikeWord() bool {
	return c.ownNode && !c.isStrong() && !c.isWordLike() && c.shape != shapeVersion && !isMarkedWord(c.decoded)
}

// followedLikeIDs reports whether identifiers follow a name as they follow the identifiers beside
// it. They are then no evidence that it names a collection: calendars/ann/office/17 beside
// calendars/ann/{…}/17.
func (s *siblings) followedLikeIDs(c *candidate) bool {
	return !noun.IsPlural(c.decoded) && slices.ContainsFunc(s.all, func(o *candidate) bool {
		return o.isStrong() && haveCommon(o.idsBelow, c.idsBelow)
	})
}

// isOnlyBeforeIDs reports whether identifiers follow the one node of a candidate that may be a
// name, so that they are no evidence that it names a collection: usage/berlin/2024.
func isOnlyBeforeIDs(parent *level, c *candidate) bool {
	return !parent.isParameter() && !noun.IsPlural(c.decoded) && len(c.nodes) == 1 && c.nodes[0].hasMostlyIDsBelow()
}
