-- A title's own words are told from what is added to it, and letters of more shapes are one. The program makes the keys of
-- songs and the words of tracks anew. What was found under words of the old kind is asked again.

DELETE FROM searches;
