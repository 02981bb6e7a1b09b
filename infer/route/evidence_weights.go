package route

// weights are log-odds: positive for a value, negative for a literal. Only their sign and rough
// size matter. TestWeightsNeedNoTuning perturbs all of them at once by about a fifth.
type weights struct {
	// The shape of the segment.
	Base, Strong, Digit, Numbered, Odd, Mixed, Long, Escaped                   float64
	Plural, Word, Compound, Capitals, Code, Language, Sign                     float64
	Marked, BeforeMarked, OwnAnswer, UnlikeFollowed, NoWordToo, NounEcho, Dash float64

	// The segments above it.
	First, Second                               float64
	AfterVersion, AfterParameter, AfterSingular float64
	ParentPlural, ParentPosts                   float64
	Links, Template                             float64

	// Methods and responses.
	Refused, VerbStems, Writes, WritesItem, PostLeaf, PostSubtree, GetPost, List, NotFound float64

	// Segments beside and below it.
	SharedSubtree, Subresources, StrongSibling, Leaf                    float64
	BeforeID, Siblings, UsedElsewhere, Coverage, Recurs, SingularOfNoun float64

	// Occurrences in bodies.
	IDField, NameField, OtherField, VocabularyOnly, Nowhere, Unknown             float64
	VocabularyToo, PropertyName, Echo, NeverEchoed, ParentList, ListedItem, Pair float64

	// Names that qualify nouns, and names of resources.
	TypePair, NamespaceToo, OwnNouns, Constant, SelfName, SelfNoun, Alike, Nested, NoWord, NoWordLeaf, OwnEcho, PairedName, Stranger, Alias, Recurring float64
	SameNames, LikeIDs, Mirrored, Singles, Attribute, Types, KnownNames                                                                                float64

	// Results of the first pass.
	ValueElsewhere, ValueBelowNoun, LiteralElsewhere, LiteralBelowNoun, ParamAfterNoun float64

	// Affinity to the members of a parameter.
	Names, Shapes                                                     float64
	SubtreeLike, SubtreeSome, SubtreeNone, SubtreeOnly, SubtreeLoose  float64
	MethodsLike, MethodsUnlike, MethodsNone, NotFoundLike, EchoUnlike float64
	ResponseUnlike                                                    float64

	// Values beside values, names below collections, and actions.
	RefusedLikeIDs, Tenants, ListedElsewhere, Action, Dotted, Part, Folder, Host, OtherValue, Constants float64

	// Items of lists, kinds, and words that select.
	OwnName, LikeItems, Selector, DeletesItem, NumberedToo float64
}

// defaultWeights returns the weights used outside tests.
func defaultWeights() *weights {
	return &weights{
		Base: -0.4, Strong: 4, Digit: 1.2, Numbered: 1.6, Odd: 0.8, Mixed: 0.3, Long: 0.5, Escaped: 1.5,
		Plural: -1.4, Word: -0.8, Compound: -0.7, Capitals: 3.5, Code: 3, Language: 2.5, Sign: 4,
		Marked: -3, BeforeMarked: 6, OwnAnswer: 1, UnlikeFollowed: 1.2, NoWordToo: 0.6, NounEcho: 1.5, Dash: 1.2,

		First: -1.5, Second: -0.8,
		AfterVersion: -0.8, AfterParameter: -0.9, AfterSingular: -0.4,
		ParentPlural: 1, ParentPosts: 0.8,
		Links: 1.5, Template: 0.8,

		Refused: 1.5, RefusedLikeIDs: 3, VerbStems: 2,
		Writes: 0.9, WritesItem: 0.5, PostLeaf: -1.2, PostSubtree: -0.5, GetPost: -0.7, List: -0.7, NotFound: 0.8,

		SharedSubtree: 1, Subresources: 0.5, StrongSibling: 0.3, Leaf: 0.2,
		BeforeID: -1.2, Siblings: -0.5, UsedElsewhere: -0.4, Coverage: -0.3, Recurs: -0.3, SingularOfNoun: -0.8,

		IDField: 2, NameField: 0.6, OtherField: -0.5, VocabularyOnly: -0.7, Nowhere: -0.6, Unknown: -0.2,
		VocabularyToo: -0.3, PropertyName: -0.7, Echo: 1.6, NeverEchoed: -0.7, ParentList: 1.3, ListedItem: 2.5, Pair: 2.5,

		TypePair: -7, NamespaceToo: -5, OwnNouns: -1.5, Constant: -1.5, SelfName: 3, SelfNoun: -2, Alike: 2.5, Nested: 3.5,
		NoWord: 3, NoWordLeaf: 1.5, OwnEcho: 2.5, PairedName: 0.6, Stranger: 5, Alias: 4, Recurring: 5,
		SameNames: 5, LikeIDs: 2.5, Mirrored: 5, Singles: 4, Attribute: 2.5, Types: 6, KnownNames: 5,
		Tenants: 7, ListedElsewhere: 4, Action: -2.5, Dotted: 5, Part: -5, Folder: 4, Host: 3.5, OtherValue: -6, Constants: 1.5,
		OwnName: 0.6, LikeItems: 2, Selector: -1.5, DeletesItem: 0.5, NumberedToo: 1,

		ValueElsewhere: 1, ValueBelowNoun: 1.5, LiteralElsewhere: -0.8, LiteralBelowNoun: -1, ParamAfterNoun: 0.8,

		Names: 0.5, Shapes: -0.5,
		SubtreeLike: 1.2, SubtreeSome: 0.4, SubtreeNone: -1, SubtreeOnly: -0.5, SubtreeLoose: 1,
		MethodsLike: 0.4, MethodsUnlike: -0.8, MethodsNone: -0.3, NotFoundLike: 1.5, EchoUnlike: -1, ResponseUnlike: -2,
	}
}
