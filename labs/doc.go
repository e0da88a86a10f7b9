// Package labs reads lab folders and says what is wrong with them.
//
// Read it in this order:
//
//	lab.go        Lab, Text, File: what a lab is to everyone else
//	schema.go     lab.yaml, strictly: an unknown field is an error with file and line
//	schedule.go   "crash(after: deliver, nth: 3)" and its relatives
//	text.go       lab.en.md, lab.ru.md and the hints
//	drawn.go      a lab with the values of one student's variant in it
//	load.go       a file tree in, a Set of labs out
//	config.go     files in place of a program, and what they are applied to;  bindings.go: those of RabbitMQ;
//	              routingscene.go: a scene of what comes of them
//	console.go    terminals of a lab;  terminal.go: those of lessons, and their commands
//	services.go   what a service of a lab is told;  room.go: how much of a cluster is seen at first
//	catalogue.go  the properties a check may name, their parameters and messages; brokers and services
//	lint.go       what an author gets told;  world.go: of names that lead nowhere;  unfilled.go: of ${names} that no variant fills;  yamlwords.go: in which words
//	overlay.go    one file tree laid over another, for --content
//	play.go       scenes that a lesson plays;  playverbs.go: what can happen in them;  playyaml.go reads one
//	predict.go    questions about what a scene will do
//	lag.go        what the chart of a scene shows
//	quiz.go       the questions of lessons: what one is, what an answer is;  quizyaml.go reads one;
//	              questions.go: those of labs
//
// The labs themselves are under content/<system>/<lab>; the id of a lab is its
// path there. A lab knows nothing of brokers or of grading: it is a description.
package labs
