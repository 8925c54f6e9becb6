"""Emoji by the short names that people know from other chats: ":smile:" and the like.

Rules:
1. A sign is written with U+FE0F behind it where it would be drawn as text otherwise (Unicode Technical Standard 51).
2. The table is read when a name is first asked for, not when the program starts.
"""

from __future__ import annotations

import re
from functools import cache

# Each sign by its code points, with its names; the first one is shown.
TABLE = """
1F600 grinning; 1F603 smiley; 1F604 smile; 1F601 grin; 1F606 laughing,satisfied; 1F605 sweat_smile;
1F923 rofl,rolling_on_the_floor_laughing; 1F602 joy; 1F642 slightly_smiling_face; 1F643 upside_down_face;
1FAE0 melting_face; 1F609 wink; 1F60A blush; 1F607 innocent; 1F970 smiling_face_with_three_hearts;
1F60D heart_eyes; 1F929 star_struck; 1F618 kissing_heart; 1F617 kissing; 263A-FE0F relaxed;
1F61A kissing_closed_eyes; 1F619 kissing_smiling_eyes; 1F972 smiling_face_with_tear; 1F60B yum;
1F61B stuck_out_tongue; 1F61C stuck_out_tongue_winking_eye; 1F92A zany_face; 1F61D stuck_out_tongue_closed_eyes;
1F911 money_mouth_face; 1F917 hugs,hugging_face; 1F92D hand_over_mouth; 1F92B shushing_face;
1F914 thinking,thinking_face; 1FAE1 saluting_face; 1F910 zipper_mouth_face; 1F928 raised_eyebrow;
1F610 neutral_face; 1F611 expressionless; 1F636 no_mouth; 1F60F smirk; 1F612 unamused;
1F644 roll_eyes,face_with_rolling_eyes; 1F62C grimacing; 1F925 lying_face; 1F60C relieved; 1F614 pensive;
1F62A sleepy; 1F924 drooling_face; 1F634 sleeping; 1F637 mask; 1F912 face_with_thermometer;
1F915 face_with_head_bandage; 1F922 nauseated_face; 1F92E vomiting_face; 1F927 sneezing_face; 1F975 hot_face;
1F976 cold_face; 1F974 woozy_face; 1F635 dizzy_face; 1F92F exploding_head; 1F920 cowboy_hat_face;
1F973 partying_face; 1F978 disguised_face; 1F60E sunglasses; 1F913 nerd_face; 1F9D0 monocle_face;
1F615 confused; 1F61F worried; 1F641 slightly_frowning_face; 2639-FE0F frowning_face; 1F62E open_mouth;
1F62F hushed; 1F632 astonished; 1F633 flushed; 1F97A pleading_face; 1F626 frowning; 1F627 anguished;
1F628 fearful; 1F630 cold_sweat; 1F625 disappointed_relieved; 1F622 cry; 1F62D sob; 1F631 scream;
1F616 confounded; 1F623 persevere; 1F61E disappointed; 1F613 sweat; 1F629 weary; 1F62B tired_face;
1F971 yawning_face; 1F624 triumph; 1F621 rage; 1F620 angry; 1F92C cursing_face; 1F608 smiling_imp; 1F47F imp;
1F480 skull; 2620-FE0F skull_and_crossbones; 1F4A9 poop,hankey; 1F921 clown_face; 1F47B ghost; 1F47D alien;
1F47E space_invader; 1F916 robot; 1F63A smiley_cat; 1F638 smile_cat; 1F639 joy_cat; 1F63B heart_eyes_cat;
1F640 scream_cat; 1F63F crying_cat_face; 1F648 see_no_evil; 1F649 hear_no_evil; 1F64A speak_no_evil; 1F48B kiss;
1F48C love_letter; 1F498 cupid; 1F496 sparkling_heart; 1F493 heartbeat; 1F497 heartpulse; 1F495 two_hearts;
1F49F heart_decoration; 1F494 broken_heart; 2764-FE0F heart; 1F9E1 orange_heart; 1F49B yellow_heart;
1F49A green_heart; 1F499 blue_heart; 1F49C purple_heart; 1F90E brown_heart; 1F5A4 black_heart;
1F90D white_heart; 1F4AF 100; 1F4A2 anger; 1F4A5 boom,collision; 1F4AB dizzy; 1F4A6 sweat_drops; 1F4A8 dash;
1F573-FE0F hole; 1F4A3 bomb; 1F4AC speech_balloon; 1F4AD thought_balloon; 1F4A4 zzz; 1F44B wave;
1F91A raised_back_of_hand; 270B hand,raised_hand; 1F596 vulcan_salute; 1F44C ok_hand; 1F90C pinched_fingers;
1F90F pinching_hand; 270C-FE0F v; 1F91E crossed_fingers; 1F91F love_you_gesture; 1F918 metal;
1F919 call_me_hand; 1F448 point_left; 1F449 point_right; 1F446 point_up_2; 1F447 point_down; 261D-FE0F point_up;
1F44D +1,thumbsup; 1F44E -1,thumbsdown; 270A fist,raised_fist; 1F44A facepunch,punch; 1F44F clap;
1F64C raised_hands; 1F450 open_hands; 1F91D handshake; 1F64F pray; 270D-FE0F writing_hand; 1F485 nail_care;
1F933 selfie; 1F4AA muscle; 1F442 ear; 1F440 eyes; 1F441-FE0F eye; 1F9E0 brain; 1F445 tongue; 1F444 lips;
1F476 baby; 1F468 man; 1F469 woman; 1F64D person_frowning; 1F645 no_good; 1F646 ok_woman; 1F64B raising_hand;
1F647 bow; 1F926 facepalm; 1F937 shrug; 1F46E cop; 1F575-FE0F detective; 1F482 guard; 1F477 construction_worker;
1F977 ninja; 1F385 santa; 1F9B8 superhero; 1F9DF zombie; 1F6B6 walking; 1F3C3 running; 1F483 dancer;
1F9D1-200D-1F91D-200D-1F9D1 people_holding_hands; 1F46A family; 1F464 bust_in_silhouette;
1F465 busts_in_silhouette; 1F463 footprints; 1F435 monkey_face; 1F412 monkey; 1F436 dog; 1F431 cat;
1F98A fox_face; 1F981 lion; 1F42F tiger; 1F434 horse; 1F984 unicorn,unicorn_face; 1F42E cow; 1F437 pig;
1F42D mouse; 1F439 hamster; 1F430 rabbit; 1F43B bear; 1F43C panda_face; 1F428 koala; 1F414 chicken;
1F427 penguin; 1F426 bird; 1F985 eagle; 1F986 duck; 1F989 owl; 1F438 frog; 1F40A crocodile; 1F422 turtle;
1F40D snake; 1F409 dragon; 1F433 whale; 1F42C dolphin; 1F41F fish; 1F988 shark; 1F419 octopus; 1F40C snail;
1F98B butterfly; 1F41B bug; 1F41C ant; 1F41D bee,honeybee; 1F577-FE0F spider; 1F980 crab; 1F990 shrimp;
1F991 squid; 1F9A5 sloth; 1F418 elephant; 1F490 bouquet; 1F338 cherry_blossom; 1F339 rose; 1F33B sunflower;
1F337 tulip; 1F331 seedling; 1F332 evergreen_tree; 1F333 deciduous_tree; 1F334 palm_tree; 1F335 cactus;
1F33F herb; 2618-FE0F shamrock; 1F340 four_leaf_clover; 1F341 maple_leaf; 1F342 fallen_leaf; 1F343 leaves;
1F344 mushroom; 1F347 grapes; 1F348 melon; 1F349 watermelon; 1F34A tangerine; 1F34B lemon; 1F34C banana;
1F34D pineapple; 1F96D mango; 1F34E apple; 1F34F green_apple; 1F350 pear; 1F351 peach; 1F352 cherries;
1F353 strawberry; 1F95D kiwi_fruit; 1F345 tomato; 1F965 coconut; 1F951 avocado; 1F346 eggplant; 1F954 potato;
1F955 carrot; 1F33D corn; 1F336-FE0F hot_pepper; 1F952 cucumber; 1F966 broccoli; 1F9C4 garlic; 1F9C5 onion;
1F95C peanuts; 1F35E bread; 1F950 croissant; 1F95E pancakes; 1F9C0 cheese; 1F356 meat_on_bone; 1F953 bacon;
1F354 hamburger; 1F35F fries; 1F355 pizza; 1F32D hotdog; 1F96A sandwich; 1F32E taco; 1F32F burrito; 1F95A egg;
1F373 fried_egg; 1F35C ramen; 1F35D spaghetti; 1F363 sushi; 1F35A rice; 1F95F dumpling; 1F366 icecream;
1F368 ice_cream; 1F369 doughnut; 1F36A cookie; 1F382 birthday; 1F370 cake; 1F9C1 cupcake; 1F967 pie;
1F36B chocolate_bar; 1F36C candy; 1F36D lollipop; 1F36F honey_pot; 2615 coffee; 1F375 tea; 1FAD6 teapot;
1F376 sake; 1F37E champagne; 1F377 wine_glass; 1F378 cocktail; 1F379 tropical_drink; 1F37A beer; 1F37B beers;
1F942 clinking_glasses; 1F943 tumbler_glass; 1F374 fork_and_knife; 1F30D earth_africa; 1F30E earth_americas;
1F30F earth_asia; 1F310 globe_with_meridians; 1F5FA-FE0F world_map; 26F0-FE0F mountain; 1F30B volcano;
1F3D5-FE0F camping; 1F3D6-FE0F beach_umbrella; 1F3DD-FE0F desert_island; 1F3E0 house; 1F3E5 hospital;
1F3E6 bank; 1F3EB school; 1F3ED factory; 1F3E2 office; 26EA church; 1F305 sunrise; 1F309 bridge_at_night;
1F308 rainbow; 1F386 fireworks; 1F387 sparkler; 1F682 steam_locomotive; 1F68B train; 1F68C bus; 1F695 taxi;
1F697 car,red_car; 1F69A truck; 1F69C tractor; 1F6B2 bike; 1F3CD-FE0F motorcycle; 1F6A8 rotating_light;
1F6A7 construction; 2693 anchor; 26F5 boat; 1F6A2 ship; 2708-FE0F airplane; 1F681 helicopter; 1F680 rocket;
1F6F8 flying_saucer; 1F4E1 satellite; 231B hourglass; 23F3 hourglass_flowing_sand; 231A watch; 23F0 alarm_clock;
23F1-FE0F stopwatch; 1F550 clock; 1F311 new_moon; 1F315 full_moon; 1F319 crescent_moon; 2600-FE0F sunny;
2601-FE0F cloud; 26C5 partly_sunny; 26C8-FE0F thunder_cloud_and_rain; 1F327-FE0F cloud_with_rain;
2602-FE0F umbrella; 26A1 zap; 2744-FE0F snowflake; 2603-FE0F snowman; 2604-FE0F comet; 1F525 fire;
1F4A7 droplet; 1F30A ocean; 2B50 star; 1F31F star2; 1F320 stars; 2728 sparkles; 1F383 jack_o_lantern;
1F384 christmas_tree; 1F388 balloon; 1F389 tada; 1F38A confetti_ball; 1F381 gift; 1F3AB ticket; 1F3C6 trophy;
1F3C5 medal_sports; 1F947 1st_place_medal; 1F948 2nd_place_medal; 1F949 3rd_place_medal; 26BD soccer;
1F3C0 basketball; 1F3C8 football; 1F3BE tennis; 1F3B3 bowling; 26F3 golf; 1F3AF dart; 1F3AE video_game;
1F3B2 game_die; 1F9E9 jigsaw; 265F-FE0F chess_pawn; 1F3A8 art; 1F451 crown; 1F3A9 tophat; 1F393 mortar_board;
1F48E gem; 1F4E2 loudspeaker; 1F4E3 mega; 1F514 bell; 1F515 no_bell; 1F3B5 musical_note; 1F3B6 notes;
1F3A4 microphone; 1F3A7 headphones; 1F4FB radio; 1F3B7 saxophone; 1F3B8 guitar; 1F3BA trumpet; 1F3BB violin;
1F941 drum; 1F4F1 iphone; 260E-FE0F phone; 1F4DE telephone_receiver; 1F4DF pager; 1F50B battery;
1F50C electric_plug; 1F4BB computer; 1F5A5-FE0F desktop_computer; 1F5A8-FE0F printer; 2328-FE0F keyboard;
1F4BE floppy_disk; 1F4BF cd; 1F4C0 dvd; 1F9EE abacus; 1F3A5 movie_camera; 1F4FA tv; 1F4F7 camera;
1F4F9 video_camera; 1F50D mag; 1F50E mag_right; 1F56F-FE0F candle; 1F4A1 bulb; 1F526 flashlight; 1F4D6 book;
1F4DA books; 1F4D3 notebook; 1F4C4 page_facing_up; 1F4F0 newspaper; 1F516 bookmark; 1F4B0 moneybag;
1F4B5 dollar; 1F4B6 euro; 1F4B3 credit_card; 1F4B9 chart; 1F4C8 chart_with_upwards_trend;
1F4C9 chart_with_downwards_trend; 1F4CA bar_chart; 2709-FE0F envelope,email; 1F4E8 incoming_envelope;
1F4E5 inbox_tray; 1F4E4 outbox_tray; 1F4E6 package; 1F4EB mailbox; 1F4DD pencil,memo; 270F-FE0F pencil2;
1F4BC briefcase; 1F4C1 file_folder; 1F4C2 open_file_folder; 1F4C6 calendar; 1F4C5 date; 1F4CB clipboard;
1F4CC pushpin; 1F4CD round_pushpin; 1F4CE paperclip; 1F517 link; 1F4CF straight_ruler; 2702-FE0F scissors;
1F5D1-FE0F wastebasket; 1F512 lock; 1F513 unlock; 1F511 key; 1F5DD-FE0F old_key; 1F528 hammer; 1FA93 axe;
26CF-FE0F pick; 1F6E0-FE0F hammer_and_wrench; 1F527 wrench; 2699-FE0F gear; 1F529 nut_and_bolt;
2696-FE0F balance_scale; 26D3-FE0F chains; 1F9F0 toolbox; 1F9F2 magnet; 1F9EA test_tube; 1F9EB petri_dish;
1F9EC dna; 1F52C microscope; 1F52D telescope; 1F489 syringe; 1F48A pill; 1FA7A stethoscope; 1F6AA door;
1F6CF-FE0F bed; 1F6BD toilet; 1F6BF shower; 1F9F9 broom; 1F9FC soap; 26B0-FE0F coffin; 1F5FF moyai;
1F6D2 shopping_cart; 1F6E1-FE0F shield; 26A0-FE0F warning; 26D4 no_entry; 1F6AB no_entry_sign;
2622-FE0F radioactive; 2623-FE0F biohazard; 2B06-FE0F arrow_up; 27A1-FE0F arrow_right; 2B07-FE0F arrow_down;
2B05-FE0F arrow_left; 1F504 arrows_counterclockwise; 1F519 back; 1F51A end; 1F51B on; 1F51C soon; 1F51D top;
267B-FE0F recycle; 267E-FE0F infinity; 2753 question; 2754 grey_question; 2757 exclamation;
2755 grey_exclamation; 203C-FE0F bangbang; 2705 white_check_mark; 2714-FE0F heavy_check_mark;
2611-FE0F ballot_box_with_check; 274C x; 274E negative_squared_cross_mark; 2795 heavy_plus_sign;
2796 heavy_minus_sign; 27B0 curly_loop; A9-FE0F copyright; AE-FE0F registered; 2122-FE0F tm; 1F534 red_circle;
1F7E0 orange_circle; 1F7E1 yellow_circle; 1F7E2 green_circle; 1F535 large_blue_circle; 1F7E3 purple_circle;
26AB black_circle; 26AA white_circle; 1F7E5 red_square; 1F7E9 green_square; 2139-FE0F information_source;
1F197 ok; 1F195 new; 1F199 up; 1F192 cool; 1F193 free; 1F198 sos; 1F3C1 checkered_flag;
1F6A9 triangular_flag_on_post; 1F38C crossed_flags; 1F3F3-FE0F white_flag; 1F3F4 black_flag;
1F3F3-FE0F-200D-1F308 rainbow_flag; 1F3F4-200D-2620-FE0F pirate_flag; 262E-FE0F peace_symbol;
262F-FE0F yin_yang; 1F9FF nazar_amulet; 1FA84 magic_wand; 1F52E crystal_ball; 1F9F8 teddy_bear; 1F54A-FE0F dove;
1F9A0 microbe; 1FAB6 feather; 1FAA8 rock; 1FAB5 wood; 1F9AB beaver
"""
NAME = r"[a-z0-9_+-]+"
_WRITTEN_OUT = re.compile(rf"(?:^|(?<=\s)):({NAME}):$")


@cache
def signs() -> dict[str, str]:
    """Each name's sign."""
    found = {}
    for row in TABLE.replace("\n", " ").split("; "):
        points, names = row.split()
        sign = "".join(chr(int(point, 16)) for point in points.split("-"))
        found.update(dict.fromkeys(names.split(","), sign))
    return found


def by_name(name: str) -> str:
    """The sign of a name; "" when there is none."""
    return signs().get(name, "")


def named(beginning: str) -> list[tuple[str, str]]:
    """Names and signs for the beginning of a name: the name itself, then what begins so, then what has a later word
    that begins so; each sign once."""
    ranked = sorted(
        (rank, len(name), name, sign) for name, sign in signs().items() if (rank := _rank(name, beginning)) is not None
    )
    first_names: dict[str, str] = {}
    for _, _, name, sign in ranked:
        first_names.setdefault(sign, name)
    return [(name, sign) for sign, name in first_names.items()]


def written_out(before: str) -> tuple[int, str] | None:
    """A name between colons at the end of a text: where it begins, and its sign. None when there is none."""
    match = _WRITTEN_OUT.search(before[-100:])
    if match is None or not (sign := by_name(match[1])):
        return None
    return len(before) - len(match[1]) - 2, sign


def _rank(name: str, beginning: str) -> int | None:
    if name == beginning:
        return 0
    if name.startswith(beginning):
        return 1
    return 2 if f"_{beginning}" in name else None
