package infer

import (
	"math"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
)

// This file decides which query parameters all operations of one kind accept, although some
// were never called with them. It knows no vendor's API.

// optionKind is what operations have in common that share query parameters.
type optionKind string

// The kinds of operations.
const (
	optionOfAll    optionKind = "all"   // operations of all methods
	optionOfReads  optionKind = "read"  // reads of anything
	optionOfWrites optionKind = "write" // writes of one method, to items or to collections
	optionOfLists  optionKind = "lists" // lists of any shape
	optionOfPages  optionKind = "pages" // lists in pages of one shape
	optionPlain    optionKind = "plain" // bare lists of records without a Link header: many are a single page
	optionOwned    optionKind = "owned" // lists of one thing under several owners
	optionAlike    optionKind = "alike" // reads of collections that answer with one component
)

// optionUse counts the operations of one kind that have a parameter.
type optionUse struct {
	Name       string
	Operations int
	Sometimes  int   // those of Operations that were also called without it
	Once       int   // those of Operations that were called only once
	Calls      int64 // with the parameter
	Methods    int   // that several operations have which take the parameter
}

// reservedSign begins the names of parameters that the protocol of a service defines for all lists,
// and no list for itself: OData URL Conventions 4.01, section 5.1.
const reservedSign = "$"

// Conditions under which all operations of a kind accept a parameter.
const (
	minOwned  = 2   // operations that have it, for Owned
	minReads  = 5   // for Reads
	minListed = 4   // for what comes with paging, of Pages and Plain
	minPages  = 2   // for Lists, and for paging, of Pages and Plain
	minOthers = 3   // for all other kinds
	minAll    = 10  // for All
	minShare  = .5  // share of the operations of the kind that have it
	minPaging = .66 // share among the parameters that mean the same: an API pages its lists in one way
	minPlain  = .66 // share of Plain or Alike that have it
	// minMethods is how many methods have the parameter, for All: what only reads and one more have
	// is not proven for the others.
	minMethods = 3

	// Conditions for what fewer operations have: it is spread over the calls as if by chance.
	minSpreadUses  = 5
	minSometimes   = 3 // operations that were also called without it
	minSpreadShare = .15
	minSpread      = .7 // share of the operations that have it among those that chance would give it

	// Fewer are enough for Alike: one component for the answers is made by one handler.
	minAlikeUses  = 4
	minAlikeShare = .12
)

// Shares reports whether a parameter belongs to all operations of a kind. all holds the uses of all
// parameters in it, and calls the number of calls of each of its operations.
func (k optionKind) Shares(x optionUse, all []optionUse, calls []int64) bool {
	isPaging := pagename.Synonyms(x.Name) != nil
	isSpread := (k == optionOfWrites || k == optionOfPages || k == optionPlain || k == optionOfAll || k == optionAlike) && x.isSpread(k, calls)
	switch share := float64(x.Operations) / float64(len(calls)); {
	case k == optionOfLists:
		return x.Operations >= minPages && strings.HasPrefix(x.Name, reservedSign) && 2*reservedUses(all) >= len(calls)
	case (k == optionOfPages || k == optionPlain) && x.Operations >= minListed && share >= minShare && slices.ContainsFunc(all, x.comesWith):
		return true
	case !isSpread && (share < minShare || (k == optionPlain || k == optionAlike) && share < minPlain):
		return false
	case k == optionAlike && x.Operations < minOthers:
		return false
	case k == optionOfAll:
		return isSpread && !isPaging && x.Operations >= minAll && x.Methods >= minMethods
	case k == optionOwned:
		return x.Operations >= minOwned
	case k == optionOfReads:
		return !isPaging && x.Operations >= minReads
	case k == optionOfWrites:
		return x.Operations >= minOthers
	case !isPaging: // a filter of lists
		return isSpread
	}
	return x.Operations >= minPages && float64(x.Operations) >= minPaging*float64(synonymUses(x.Name, all))
}

// comesWith reports whether requests have the parameter where they have a parameter of paging: one
// handler of lists reads both.
func (x optionUse) comesWith(y optionUse) bool {
	return pagename.Synonyms(y.Name) != nil && y.Operations == x.Operations && y.Calls == x.Calls
}

// synonymUses counts the uses of parameters that mean the same.
func synonymUses(name string, all []optionUse) (uses int) {
	synonyms := pagename.Synonyms(name)
	for _, y := range all {
		if synonyms[noun.Fold(y.Name)] {
			uses += y.Operations
		}
	}
	return uses
}

// reservedUses counts the uses of parameters that a protocol defines. Where few lists have any, the
// service takes them for these only.
func reservedUses(all []optionUse) (uses int) {
	for _, y := range all {
		if strings.HasPrefix(y.Name, reservedSign) {
			uses += y.Operations
		}
	}
	return uses
}

// isSpread reports whether a parameter is distributed over the calls of all operations as if by
// chance: operations that have it are also called without it, and the number of operations that
// have it is as in a random draw for each call. A parameter of one operation is in many of its
// calls and in none of the others. An operation that was called only once does not show whether it
// is also called without the parameter.
func (x optionUse) isSpread(k optionKind, calls []int64) bool {
	minUses, minShare := minSpreadUses, minSpreadShare
	if k == optionAlike {
		minUses, minShare = minAlikeUses, minAlikeShare
	}
	if x.Operations < minUses || x.Sometimes < minSometimes || 2*x.Sometimes < x.Operations-x.Once ||
		float64(x.Operations) < minShare*float64(len(calls)) {
		return false
	}
	total, expected := int64(0), 0.0
	for _, n := range calls {
		total += n
	}
	without := 1 - float64(x.Calls)/float64(total) // probability that a call does not have it
	for _, n := range calls {
		expected += 1 - math.Pow(without, float64(n))
	}
	return float64(x.Operations) >= minSpread*expected
}
